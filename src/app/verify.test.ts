import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FintechError } from '../kernel/errors.ts';
import { CHECKS } from '../verify/checks/catalogue.ts';
import { generateLog } from '../verify/testing/generate-log.ts';
import { LogWriter, ndjson } from '../verify/testing/log-writer.ts';
import { bank } from '../verify/testing/scenario.ts';
import { publishedOf } from '../verify/testing/topic.ts';
import { tokenBench } from './tokens.fixture.ts';
import { explain, listChecks, verify, type VerifyInput } from './verify.ts';
import { VERIFY_INPUT } from './verify-input.fixture.ts';

const plain = (text: string): string => text;
const STYLE = { bold: plain, dim: plain, good: plain, bad: plain, warn: plain };

/** `carol` spends 5 more than she has. */
function overspent(): Buffer {
  const writer = new LogWriter();
  for (const accountId of ['carol', 'dave']) {
    const data = { accountId, currency: 'EUR', kind: 'liability' };
    writer.append(`account-${accountId}`, 'ledger.account-opened', data);
  }
  const postings = [
    { accountId: 'carol', direction: 'debit', amount: 5, currency: 'EUR' },
    { accountId: 'dave', direction: 'credit', amount: 5, currency: 'EUR' },
  ];
  writer.append('transaction-t', 'ledger.transaction-posted', { transactionId: 't', postings });
  return ndjson(writer.events);
}

function bench({ config, log = overspent() }: { config?: string; log?: Buffer } = {}) {
  const made = tokenBench(config);
  writeFileSync(join(made.context.cwd, 'log.ndjson'), log);
  const run = (input: Partial<VerifyInput> = {}) =>
    verify(made.context, { ...VERIFY_INPUT, ...input });
  return { ...made, run, [Symbol.dispose]: () => made[Symbol.dispose]() };
}

test('an inconsistent log ends with its code and the command that shows it again', async () => {
  using at = bench();
  const { data, failure } = await at.run();
  expect(failure).toMatchObject({
    code: 'VERIFY_INCONSISTENT',
    exitCode: 3,
    details: { found: { 'ledger/limits': 1 } },
  });
  expect(failure?.hint).toContain('fintech verify log.ndjson --only ledger/limits');
  expect(data.report.findings[0]?.positions).toEqual(['1', '3']);
});

test('the command of a finding finds it again, whatever the name of the file', async () => {
  using at = bench();
  writeFileSync(join(at.context.cwd, "it's a log.ndjson"), overspent());
  const { data } = await at.run({ sources: ["it's a log.ndjson"] });
  expect(data.report.findings[0]?.reproduce).toBe(
    `fintech verify 'it'\\''s a log.ndjson' --only ledger/limits`,
  );
});

test('the command names a file like a flag, and standard input, so that they are found', async () => {
  using at = bench();
  writeFileSync(join(at.context.cwd, '-x.ndjson'), overspent());
  const commandOf = async (context: typeof at.context, source: string) => {
    const { data } = await verify(context, { ...VERIFY_INPUT, sources: [source] });
    return data.report.findings[0]?.reproduce;
  };
  const command = 'fintech verify ./-x.ndjson --only ledger/limits';
  expect(await commandOf(at.context, '-x.ndjson')).toBe(command);
  expect(await commandOf(at.context, './-x.ndjson')).toBe(command);
  const piped = '… | fintech verify - --only ledger/limits';
  expect(await commandOf(at.withStdin(overspent()), '-')).toBe(piped);
});

test('an empty log is inconclusive, by its code, unless it is allowed', async () => {
  using at = bench({ log: Buffer.alloc(0) });
  expect((await at.run()).failure).toMatchObject({ code: 'VERIFY_INCONCLUSIVE', exitCode: 4 });
  expect((await at.run({ allowEmpty: true })).failure).toBeUndefined();
});

test('standard input is a source', async () => {
  using at = bench();
  const { data } = await verify(at.withStdin(overspent()), { ...VERIFY_INPUT, sources: ['-'] });
  expect(data.report).toMatchObject({ events: 3, verdict: 'inconsistent' });
  expect(data.report.findings[0]?.events).toHaveLength(2);
});

test('checks are chosen by name and area, and unknown names suggest the nearest', async () => {
  using at = bench();
  const ids = async (input: Partial<VerifyInput>) =>
    (await at.run(input)).data.report.checks.map(({ id }) => id);
  expect(await ids({ only: ['ledger/balanced', 'log/order'] })).toEqual([
    'ledger/balanced',
    'log/order',
  ]);
  expect(await ids({ only: ['ledger/*'], skip: ['ledger/limits'] })).toEqual(
    CHECKS.map(({ id }) => id).filter((id) => /^ledger\/(?!limits$)/.test(id)),
  );
  await expect(at.run({ only: ['ledger/limit'] })).rejects.toMatchObject({
    code: 'VERIFY_UNKNOWN_CHECK',
    message: 'there is no check ledger/limit. Did you mean "ledger/limits"?',
  });
  await expect(at.run({ skip: ['legder/*'] })).rejects.toThrow('Did you mean "ledger/*"?');
  await expect(at.run({ only: ['log/order'], skip: ['log/*'] })).rejects.toMatchObject({
    code: 'USAGE_INVALID',
  });
});

test('a required check must say something, and cannot be left out by the same command', async () => {
  using at = bench();
  const skipLimits = { skip: ['ledger/limits'] };
  expect((await at.run(skipLimits)).failure).toBeUndefined();
  expect((await at.run({ ...skipLimits, require: ['ledger/balanced'] })).failure).toBeUndefined();
  await expect(at.run({ ...skipLimits, require: ['ledger/limits'] })).rejects.toThrow(
    'ledger/limits is required but left out',
  );
  const events = new LogWriter();
  events.append('s', 'words.said', {});
  using words = bench({ log: ndjson(events.events) });
  expect((await words.run({ require: ['ledger/limits'] })).failure).toMatchObject({
    code: 'VERIFY_INCONCLUSIVE',
  });
});

test('fintech.yaml names sources from its folder, requires, switches off and allows overdrafts', async () => {
  const verifyConfig =
    'verify:\n  sources: [log.ndjson]\n  checks:\n    ledger/limits: { overdraft: [carol] }\n    log/envelope: off\n';
  using at = bench({ config: `name: bank\n${verifyConfig}` });
  const { data, failure } = await at.run({ sources: [] });
  expect(failure).toBeUndefined();
  expect(data.report.checks.map(({ id }) => id)).not.toContain('log/envelope');
  expect(data.text(STYLE)).toMatch(/log\/envelope \(left out\)\.$/);
});

test('an unknown check in fintech.yaml is refused', async () => {
  using at = bench({ config: 'name: bank\nverify: { checks: { ledger/limitz: off } }\n' });
  await expect(at.run()).rejects.toMatchObject({ code: 'VERIFY_UNKNOWN_CHECK' });
});

test('reports go to files beside what goes to stdout, and agree', async () => {
  using at = bench();
  const read = (file: string) => readFileSync(join(at.context.cwd, file), 'utf8');
  const { data } = await at.run({
    reporters: [
      { format: 'junit', file: 'report.xml' },
      { format: 'json', file: 'report.json' },
    ],
  });
  expect(read('report.xml')).toContain('<failure type="ledger/limits"');
  expect(JSON.parse(read('report.json'))).toEqual(JSON.parse(JSON.stringify(data)));
  expect(data.text(STYLE)).toContain('critical ledger/limits');
});

test('a report without a file takes the place of the human one', async () => {
  using at = bench();
  const { data } = await at.run({ reporters: [{ format: 'junit', file: undefined }] });
  expect(data.text(STYLE)).toMatch(/^<\?xml/);
});

test('two reports in one file are refused, however it is spelt', async () => {
  using at = bench();
  const reporters = [
    { format: 'junit' as const, file: 'report' },
    { format: 'json' as const, file: './report' },
  ];
  await expect(at.run({ reporters })).rejects.toMatchObject({
    code: 'USAGE_INVALID',
    message: 'two reports would be written to ./report',
  });
  expect(existsSync(join(at.context.cwd, 'report'))).toBe(false);
});

test('a report that cannot be written is said', async () => {
  using at = bench();
  const reporters = [{ format: 'junit' as const, file: 'no/such/folder.xml' }];
  await expect(at.run({ reporters })).rejects.toMatchObject({ code: 'USAGE_INVALID' });
});

test('an interrupted run says what it found by then, and what it was', async () => {
  using at = bench();
  const signal = AbortSignal.abort(new FintechError('INTERRUPTED', 'stop'));
  const { data, failure } = await verify({ ...at.context, signal }, VERIFY_INPUT);
  expect(failure).toMatchObject({ code: 'INTERRUPTED', exitCode: 130 });
  expect(data.report).toMatchObject({ events: 3, interrupted: true, verdict: 'inconsistent' });
  expect(data.report.findings).toMatchObject([{ check: 'ledger/limits', events: [] }]);
  expect(data.text(STYLE)).toContain('Interrupted: this is no more than a part of the log.');
});

test('an interrupted run is never called consistent, nor judged by what only the end tells', async () => {
  const writer = new LogWriter();
  const posting = { accountId: 'carol', direction: 'debit', amount: 5, currency: 'EUR' };
  const data = { transactionId: 't', postings: [posting] };
  writer.append('transaction-t', 'ledger.transaction-posted', data);
  using at = bench({ log: ndjson(writer.events) });
  const signal = AbortSignal.abort();
  const only = { ...VERIFY_INPUT, only: ['ledger/balanced'] };
  const cut = await verify({ ...at.context, signal }, only);
  expect(cut.data.report).toMatchObject({ verdict: 'inconclusive', findings: [] });
  expect((await verify(at.context, only)).data.report.verdict).toBe('inconsistent');
});

test('a run that is interrupted before the first event has nothing to say', async () => {
  using at = bench({ log: Buffer.from('\n') });
  const signal = AbortSignal.abort(new FintechError('INTERRUPTED', 'stop'));
  await expect(verify({ ...at.context, signal }, VERIFY_INPUT)).rejects.toMatchObject({
    code: 'INTERRUPTED',
  });
});

test('every check can be listed and explained', async () => {
  using at = bench();
  for (const { id } of await listChecks(at.context)) {
    expect(await explain(at.context, id)).toContain(`# ${id}`);
  }
  await expect(explain(at.context, 'log/ordre')).rejects.toThrow('Did you mean "log/order"?');
});

test('github annotates on stdout and appends Markdown to the summary of its step', async () => {
  using at = bench();
  const file = join(at.context.cwd, 'summary.md');
  writeFileSync(file, 'before\n');
  const environment = { ...at.context.environment, GITHUB_STEP_SUMMARY: file };
  const { data } = await verify(
    { ...at.context, environment },
    { ...VERIFY_INPUT, reporters: [{ format: 'github', file: undefined }] },
  );
  expect(data.text(STYLE)).toMatch(/^::error file=log\.ndjson,line=3,title=ledger\/limits/);
  expect(readFileSync(file, 'utf8')).toMatch(/^before\n## fintech verify: inconsistent\n/);
});

test('each report goes to its own file, in its own form', async () => {
  using at = bench();
  const formats = ['sarif', 'markdown', 'github', 'junit'] as const;
  await at.run({ reporters: formats.map((format) => ({ format, file: `report.${format}` })) });
  const [sarif, ...others] = formats.map((format) =>
    readFileSync(join(at.context.cwd, `report.${format}`), 'utf8'),
  );
  expect(JSON.parse(sarif ?? '')).toMatchObject({
    version: '2.1.0',
    runs: [{ tool: { driver: { semanticVersion: at.context.version } } }],
  });
  expect(others.map((text) => text.slice(0, 7))).toEqual(['## fint', '::error', '<?xml v']);
});

test('verify.schemas names files from the folder of fintech.yaml, and says what is wrong with one', async () => {
  const type = 'com.acme.ledger.account-opened.v1';
  const config = `name: bank\nverify: { schemas: { ${type}: opened.json } }\n`;
  using at = bench({ config });
  const write = (text: string) => writeFileSync(join(at.context.cwd, 'opened.json'), text);
  const run = () => at.run({ only: ['log/schema'] });
  await expect(run()).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining(`opened.json, the schema of ${type}`),
  });
  for (const text of ['{', '7', '{"type":"strin"}']) {
    write(text);
    await expect(run()).rejects.toThrow('is no JSON Schema (draft 2020-12)');
  }
  write('{"required":["owner"]}');
  const { data } = await run();
  expect(data.report.findings.map(({ actual }) => actual)).toEqual([
    "data must have required property 'owner'",
    "data must have required property 'owner'",
    'an unknown type, com.acme.ledger.transaction-posted.v1',
  ]);
});

test('--as-of is the time that deadlines are held against, and stands in the command again', async () => {
  const writer = new LogWriter();
  const money = { amount: 5, currency: 'EUR', from: 'a', to: 'b' };
  writer.append('payment-p', 'payments.initiated', { paymentId: 'p', ...money });
  using at = bench({ log: ndjson(writer.events) });
  const run = async (asOfMs?: number) =>
    (await at.run({ only: ['saga/completion'], asOfMs })).data.report.findings;
  expect(await run()).toEqual([]);
  const [finding] = await run(Date.UTC(2027, 0, 9));
  expect(finding?.reproduce).toBe(
    'fintech verify log.ndjson --as-of 2027-01-09T00:00:00.000Z --only saga/completion',
  );
});

test('verify.checks says what a check weighs', async () => {
  const weighing = (severity: string) =>
    bench({
      config: `name: bank\nverify: { checks: { ledger/limits: { severity: ${severity} } } }\n`,
    });
  using medium = weighing('medium');
  const { data, failure } = await medium.run();
  expect(failure).toBeUndefined();
  expect(data.report.findings[0]).toMatchObject({ check: 'ledger/limits', severity: 'medium' });
  expect((await medium.run({ strict: true })).failure).toMatchObject({ exitCode: 3 });
  using high = weighing('high');
  expect((await high.run()).failure).toMatchObject({ code: 'VERIFY_INCONSISTENT' });
});

test.each([
  ['outbox: { committed: a, published: b, within: soon }', 'no duration'],
  ['outbox: { committed: a, published: a }', 'two sources'],
  ['outbox: { committed: a, published: b, key: "a..b" }', 'is no path'],
  ['sagas: { s: { start: [a], next: { a: [b] }, end: [c] } }', 'there is no step "c"'],
  ['sagas: { s: { start: [a], next: { x: [b] }, end: [b] } }', 'unknown key "x"'],
  ['sagas: { s: { start: [a], next: {}, end: [a], deadline: 2 weeks } }', 'no duration'],
])('%s is refused', async (yaml, what) => {
  using at = bench({ config: `name: bank\nverify:\n  ${yaml}\n` });
  await expect(at.run()).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining(what),
  });
});

test('verify.outbox names two sources; what is published has no second effect', async () => {
  const { events } = generateLog({ seed: 'outbox', events: 100 }).writer;
  const sources = '[{ name: entries, files: log.ndjson }, { name: topic, files: topic.ndjson }]';
  const outbox = '{ committed: entries, published: topic, key: id, within: 5m }';
  using at = bench({
    config: `name: bank\nverify:\n  sources: ${sources}\n  outbox: ${outbox}\n`,
    log: ndjson(events),
  });
  const publish = (copies: object[]) =>
    writeFileSync(join(at.context.cwd, 'topic.ndjson'), ndjson(copies));
  publish(publishedOf(events));
  expect((await at.run({ sources: [] })).failure).toBeUndefined();
  publish(publishedOf(events).slice(1));
  const { data } = await at.run({ sources: [], asOfMs: Date.UTC(2027, 0, 2) });
  expect(data.report.findings).toMatchObject([
    { check: 'outbox/gap', at: [{ source: 'entries', position: '1' }] },
  ]);
});

test('--since folds everything, and tells only of what touches later events', async () => {
  const scenario = bank()
    .post('early', [
      ['cash', 'debit', 2],
      ['alice', 'credit', 1],
    ])
    .post('late', [
      ['cash', 'debit', 3],
      ['alice', 'credit', 1],
    ])
    .post('spends', [
      ['alice', 'debit', 2],
      ['bob', 'credit', 2],
    ]);
  using at = bench({ log: ndjson(scenario.events) });
  const found = async (since?: bigint) =>
    (await at.run({ only: ['ledger/balanced', 'ledger/limits'], since })).data.report;
  expect((await found()).findings.map(({ positions }) => positions.at(-1))).toEqual(['4', '5']);
  const late = await found(4n);
  expect(late.findings.map(({ positions }) => positions.at(-1))).toEqual(['5']);
  expect(late.findings[0]?.reproduce).toContain(' --since 4 --only ledger/balanced');
  // What alice spends at 6 is only covered by what she got before.
  expect(await found(5n)).toMatchObject({ verdict: 'consistent', events: 6, findings: [] });
  await expect(at.run({ sources: ['log.ndjson', '-'], since: 1n })).rejects.toThrow(
    '--since is of one log, and here are 2',
  );
});
