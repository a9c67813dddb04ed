import { expect, test } from 'vitest';
import { faultsInSarif } from '../../kernel/sarif.fixture.ts';
import { HISTORY_CHECKS } from '../history/catalogue.ts';
import { judgeHistory } from '../history/history.fixture.ts';
import { LogWriter, ndjson } from '../testing/log-writer.ts';
import { renderingOf, unbalanced } from '../testing/rendering.ts';
import { memorySource, verifyBytes, verifySources } from '../testing/verify-bytes.ts';
import type { Rendering } from './human.ts';
import { sarifReport } from './sarif.ts';

interface Sarif {
  runs: {
    tool: {
      driver: { semanticVersion: string; rules: { id: string; help: { markdown: string } }[] };
    };
    invocations: {
      executionSuccessful: boolean;
      toolExecutionNotifications: { descriptor: { id: string } }[];
    }[];
    results: {
      ruleId: string;
      ruleIndex: number;
      level: string;
      locations?: unknown[];
      partialFingerprints?: Record<string, string>;
      properties: { events: unknown[] };
    }[];
  }[];
}

function runOf(rendering: Rendering): Sarif['runs'][number] {
  const log: unknown = JSON.parse(sarifReport(rendering));
  expect(faultsInSarif(log)).toEqual([]);
  const [run] = (log as Sarif).runs;
  if (run === undefined) throw new Error('there is no run');
  return run;
}

const verified = async (events: readonly object[]) =>
  renderingOf(await verifyBytes(ndjson(events)));

test('has a rule with its page for each check, and a result that names it for each finding', async () => {
  const rendering = await verified(unbalanced('t'));
  const { tool, results } = runOf(rendering);
  expect(tool.driver.semanticVersion).toBe('1.2.3');
  expect(tool.driver.rules.map(({ id }) => id)).toEqual(
    rendering.report.checks.map(({ id }) => id),
  );
  for (const { ruleId, ruleIndex } of results)
    expect(tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
  const balanced = results.find(({ ruleId }) => ruleId === 'ledger/balanced');
  expect(tool.driver.rules[balanced?.ruleIndex ?? -1]?.help.markdown).toContain('**Proves.**');
  expect(balanced).toMatchObject({
    level: 'error',
    locations: [
      { physicalLocation: { artifactLocation: { uri: 'log.ndjson' }, region: { startLine: 1 } } },
    ],
    partialFingerprints: { 'businessKeys/v1': expect.stringMatching(/^[0-9a-f]{64}$/) },
  });
});

test('the fingerprint stays where the finding moves', async () => {
  const writer = new LogWriter();
  writer.append('other', 'words.said', {});
  const moved = [...writer.events, { ...unbalanced('t')[0], id: 'moved', globalposition: '2' }];
  const prints = async (events: readonly object[]) =>
    runOf(await verified(events)).results.map(({ partialFingerprints }) => partialFingerprints);
  expect(await prints(moved)).toEqual(await prints(unbalanced('t')));
});

test.each([
  ['a b/ü#.ndjson', 'a%20b/%C3%BC%23.ndjson', 1],
  ['/logs/a b.ndjson', 'file:///logs/a%20b.ndjson', 1],
  ['log.ndjson.gz', 'log.ndjson.gz', undefined],
])('a finding in %s is at %s', async (file, uri, startLine) => {
  const report = await verifySources([memorySource(file, [ndjson(unbalanced('t'))])]);
  const region = startLine === undefined ? {} : { region: { startLine } };
  expect(runOf(renderingOf(report)).results[0]?.locations).toEqual([
    { physicalLocation: { artifactLocation: { uri }, ...region } },
  ]);
});

test('a source that is no file has no location; a line counts from the start of its file', async () => {
  const source = memorySource('log', [ndjson(unbalanced('t')), ndjson(unbalanced('u'))]);
  const checks = (await verifySources([source])).findings.filter(
    ({ check }) => check === 'ledger/balanced',
  );
  expect(checks.map(({ location }) => location)).toEqual([
    { file: 'log-1', line: 1 },
    { file: 'log-2', line: 1 },
  ]);
  const parts = source.parts.map((part) => ({ name: part.name, open: () => part.open() }));
  const report = await verifySources([{ ...source, parts }]);
  expect(runOf(renderingOf(report)).results[0]).not.toHaveProperty('locations');
});

test('shows of events what the checks read, and no more', async () => {
  const events = unbalanced('t', { iban: 'DE1' });
  const { results } = runOf(await verified(events));
  expect(JSON.stringify(results)).not.toContain('DE1');
  const whole = runOf({ ...(await verified(events)), show: 'full' });
  expect(JSON.stringify(whole.results)).toContain('DE1');
});

test('tells what is inconclusive, and a run that was interrupted', async () => {
  const rendering = await verified([]);
  const { invocations, results } = runOf({
    ...rendering,
    report: { ...rendering.report, interrupted: true },
  });
  expect(results).toEqual([]);
  expect(invocations[0]?.executionSuccessful).toBe(false);
  expect(invocations[0]?.toolExecutionNotifications.map(({ descriptor }) => descriptor.id)).toEqual(
    rendering.report.checks.map(({ id }) => id),
  );
});

test('is made of a history too, which has no fingerprint', async () => {
  const report = await judgeHistory(
    '{:process 0 :type :invoke :f :read}{:process 0 :type :ok :f :read :value 1}',
    'register',
  );
  const { tool, results } = runOf(renderingOf(report));
  expect(tool.driver.rules.map(({ id }) => id)).toEqual([HISTORY_CHECKS[0]?.id]);
  expect(results).toMatchObject([
    { locations: [{ physicalLocation: { artifactLocation: { uri: 'history.edn' } } }] },
  ]);
  expect(results[0]).not.toHaveProperty('partialFingerprints');
});

test('the schema it is held to refuses what is no SARIF', () => {
  expect(faultsInSarif({ version: '2.1.0' })).not.toEqual([]);
});

test('is the same every time', async () => {
  expect(sarifReport(await verified(unbalanced('t')))).toBe(
    sarifReport(await verified(unbalanced('t'))),
  );
});
