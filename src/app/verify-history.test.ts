import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tokenBench } from './tokens.fixture.ts';
import { explain, listChecks } from './verify.ts';
import { verifyHistory, type VerifyHistoryInput } from './verify-history.ts';

const STALE = `{:process 0 :type :invoke :f :write :value 1}
{:process 0 :type :ok :f :write :value 1}
{:process 0 :type :invoke :f :read :value nil}
{:process 0 :type :ok :f :read :value nil}
`;

const INPUT: VerifyHistoryInput = {
  file: 'history.edn',
  model: 'register',
  total: undefined,
  timeoutMs: 60_000,
  allowEmpty: false,
  show: 'fields',
  maxFindings: 20,
  reporters: [],
};

function bench(text: string = STALE) {
  const made = tokenBench();
  writeFileSync(join(made.context.cwd, 'history.edn'), text);
  const run = (input: Partial<VerifyHistoryInput> = {}) =>
    verifyHistory(made.context, { ...INPUT, ...input });
  return { ...made, run, [Symbol.dispose]: () => made[Symbol.dispose]() };
}

test('a history that no order explains ends inconsistent, with the command that shows it again', async () => {
  using at = bench();
  const { data, failure } = await at.run();
  expect(failure).toMatchObject({
    code: 'VERIFY_INCONSISTENT',
    exitCode: 3,
    details: { found: { 'history/register': 1 } },
  });
  expect(data.report).toMatchObject({
    events: 4,
    head: 'line:4',
    findings: [
      {
        positions: ['line:1', 'line:2', 'line:3', 'line:4'],
        reproduce: 'fintech verify --history history.edn --model register',
      },
    ],
  });
});

test('a consistent history, and one without a call, end like a log does', async () => {
  using at = bench(STALE.split('\n').slice(0, 2).join('\n'));
  expect((await at.run()).failure).toBeUndefined();
  using empty = bench('');
  expect((await empty.run()).failure).toMatchObject({ code: 'VERIFY_INCONCLUSIVE', exitCode: 4 });
  expect((await empty.run({ allowEmpty: true })).failure).toBeUndefined();
});

test('a search whose time is over ends inconclusive', async () => {
  using at = bench();
  const { failure } = await at.run({ timeoutMs: 0 });
  expect(failure).toMatchObject({ code: 'VERIFY_INCONCLUSIVE' });
  expect(failure?.hint).toContain('the search for an order was not over after 0 ms');
});

test('standard input is a history too, and the command says so', async () => {
  using at = bench();
  const { data } = await verifyHistory(at.withStdin(Buffer.from(STALE)), { ...INPUT, file: '-' });
  expect(data.report.findings[0]?.reproduce).toBe(
    '… | fintech verify --history - --model register',
  );
});

test('the total of a bank is in the command', async () => {
  using at = bench(`{"process":0,"type":"invoke","f":"read"}
{"process":0,"type":"ok","f":"read","value":{"a":1}}
`);
  const { data } = await at.run({ model: 'bank', total: 2n });
  expect(data.report.findings[0]?.reproduce).toBe(
    'fintech verify --history history.edn --model bank --total 2',
  );
});

test('reports are written as for a log', async () => {
  using at = bench();
  await at.run({ reporters: [{ format: 'junit', file: 'report.xml' }] });
  expect(readFileSync(join(at.context.cwd, 'report.xml'), 'utf8')).toContain(
    '<testcase classname="history" name="register">',
  );
});

test.each([
  ['gone.edn', 'cannot read gone.edn'],
  ['.', '. is a folder'],
])('%s is refused', async (file, message) => {
  using at = bench();
  await expect(at.run({ file })).rejects.toMatchObject({
    code: 'VERIFY_SOURCE',
    message: expect.stringContaining(message),
  });
});

test('the checks of histories are listed and explained among the others', async () => {
  using at = bench();
  const ids = (await listChecks(at.context)).map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining(['history/register', 'history/log', 'history/bank']));
  expect(await explain(at.context, 'history/*')).toContain('# history/bank');
});

test('--show keys prints which calls they were, and no value', async () => {
  using at = bench();
  const plain = (text: string): string => text;
  const style = { bold: plain, dim: plain, good: plain, bad: plain, warn: plain };
  const { data } = await at.run({ show: 'keys' });
  expect(data.text(style)).toContain('{"process":0,"type":"invoke","f":"write"}');
  expect(data.text(style)).not.toContain('"value"');
});
