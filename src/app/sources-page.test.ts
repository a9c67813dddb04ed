import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Report } from '../model/verify-report.ts';
import { CHECKS } from '../verify/checks/catalogue.ts';
import { refuseUnfit } from '../verify/mapping/fit.ts';
import { type MappedSource, mergedMaps, readingOf } from '../verify/mapping/reading-of.ts';
import { settingsBy } from '../verify/settings.ts';
import { checksNamed } from '../verify/selection.ts';
import { memorySource, verifySources } from '../verify/testing/verify-bytes.ts';
import { tokenBench } from './tokens.fixture.ts';
import { verify, type VerifyInput } from './verify.ts';
import { VERIFY_INPUT } from './verify-input.fixture.ts';
import { openingsOf, readMaps } from './verify-maps.ts';
import { sourcesToRead } from './verify-sources.ts';
import { findWorkspace } from './workspace.ts';

const ROOT = join(import.meta.dirname, '../..');
const SAMPLES_FOLDER = join(ROOT, 'test/sources');
const OPENINGS = 'axon-openings.csv';
const PAGE = readFileSync(join(ROOT, 'docs/sources.md'), 'utf8');

const INPUT: VerifyInput = { ...VERIFY_INPUT, sources: [] };

/** The mapping the page shows for a sample. */
function mappingFor(sample: string): string {
  const [, after = ''] = PAGE.split(`<!-- tested: ${sample} -->`);
  return /```yaml\n([^]*?)```/.exec(after)?.[1] ?? '';
}

/** The records of a sample, one a line. */
function recordsOf(sample: string): string[] {
  const text = readFileSync(join(SAMPLES_FOLDER, sample), 'utf8');
  return text.trimEnd().split('\n');
}

/** What a run by the page's mapping says of these records. */
async function judge(sample: string, records: readonly string[]): Promise<Report> {
  using bench = tokenBench(mappingFor(sample));
  const context = {
    ...bench.context,
    environment: { ...bench.context.environment, LEDGER_DB_URL: 'postgres://nowhere' },
  };
  copyFileSync(join(SAMPLES_FOLDER, OPENINGS), join(context.cwd, OPENINGS));
  const workspace = await findWorkspace(context);
  const maps = await readMaps(context, workspace, { presets: [], maps: [] });
  const config = mergedMaps(maps);
  const mapped: MappedSource[] = [];
  const sources = sourcesToRead([], config).map((source) => {
    const found = readingOf(source, maps);
    if (found.mapped !== undefined) mapped.push(found.mapped);
    const bytes = Buffer.from(records.map((record) => `${record}\n`).join(''));
    return { ...memorySource(source.name, [bytes]), reading: found.reading };
  });
  const report = await verifySources(sources, {
    settings: settingsBy(config, { openings: await openingsOf(workspace, config) }),
    required: checksNamed(CHECKS, config.require ?? []),
  });
  refuseUnfit(mapped);
  return report;
}

/** The sample with one line put in place of another, numbered from 1; its place gives it a new position. */
type Edit = (lines: string[]) => string[];

const changed =
  (line: number, from: string, to: string): Edit =>
  (lines) => {
    const before = lines[line - 1] ?? '';
    expect(before).toContain(from);
    return lines.with(line - 1, before.replaceAll(from, to));
  };

const without =
  (line: number): Edit =>
  (lines) =>
    lines.toSpliced(line - 1, 1);

/** A copy of a line at the end, with these texts in it replaced. */
const copied =
  (line: number, ...edits: [from: string, to: string][]): Edit =>
  (lines) => {
    const copy = edits.reduce(
      (text, [from, to]) => {
        expect(text).toContain(from);
        return text.replaceAll(from, to);
      },
      lines[line - 1] ?? '',
    );
    return [...lines, copy];
  };

interface Fault {
  fault: string;
  edit: Edit;
  check: string;
}

const SAMPLES: Readonly<Record<string, readonly Fault[]>> = {
  'kcat-outbox.ndjson': [
    {
      fault: 'one side is a cent more',
      edit: changed(1, 'C\\",\\"amt\\":\\"25.00', 'C\\",\\"amt\\":\\"25.01'),
      check: 'ledger/balanced',
    },
    {
      fault: 'an amount has a tenth of a cent',
      edit: changed(3, '0.99', '0.995'),
      check: 'money/minor-units',
    },
    { fault: 'a currency is none', edit: changed(3, 'EUR', 'EUX'), check: 'money/minor-units' },
    {
      fault: 'a direction is unknown',
      edit: changed(4, '\\"dc\\":\\"D\\"', '\\"dc\\":\\"X\\"'),
      check: 'log/mapping',
    },
    {
      fault: 'a redelivered event has another body',
      edit: changed(7, '18.10', '18.20'),
      check: 'log/id-reuse',
    },
    {
      fault: 'a partition goes back',
      edit: changed(12, '"offset":30514', '"offset":30400'),
      check: 'log/order',
    },
    {
      fault: 'a request is booked twice',
      edit: copied(
        1,
        ['"offset":1042', '"offset":9000'],
        ['7c1e0000-0000-4000-8000-000000000501', 'other'],
        ['tr-501', 'tr-601'],
      ),
      check: 'ledger/double-effect',
    },
  ],
  'axon.ndjson': [
    { fault: 'an event of an aggregate is missing', edit: without(6), check: 'log/revisions' },
    {
      fault: 'an account is overspent',
      edit: changed(5, '149.99', '150.01'),
      check: 'ledger/limits',
    },
    {
      fault: 'an account with an opening balance is overspent',
      edit: changed(2, '15.5', '50.01'),
      check: 'ledger/limits',
    },
    {
      fault: 'a frozen account is moved',
      edit: changed(12, 'accountId\\":\\"acc-3', 'accountId\\":\\"acc-8'),
      check: 'ledger/limits',
    },
    {
      fault: 'a key has a second effect',
      edit: changed(13, 'k-6', 'k-5'),
      check: 'ledger/double-effect',
    },
    {
      fault: 'an amount is a float',
      edit: changed(13, '5.25', '5.2500000000000002'),
      check: 'money/minor-units',
    },
    {
      fault: 'positions go back',
      edit: changed(13, '"globalIndex":88139', '"globalIndex":88100'),
      check: 'log/order',
    },
  ],
  'entries.ndjson': [
    { fault: 'a row is missing', edit: without(7), check: 'ledger/balanced' },
    {
      fault: 'a row has both sides',
      edit: changed(2, '"dr":null', '"dr":"1.00"'),
      check: 'log/mapping',
    },
    {
      fault: 'a row has no side',
      edit: changed(2, '"cr":"12.50"', '"cr":null'),
      check: 'log/mapping',
    },
    {
      fault: 'an amount is a tenth of a cent off',
      edit: changed(8, '"0.10"', '"0.101"'),
      check: 'money/minor-units',
    },
    {
      fault: 'rows stand in another order',
      edit: changed(11, '"entry_id":"5026"', '"entry_id":"5001"'),
      check: 'log/order',
    },
    {
      fault: 'a key books a second transaction',
      edit: (lines) => lines.map((line) => line.replace('k-904', 'k-900')),
      check: 'ledger/double-effect',
    },
  ],
};

describe.each(Object.entries(SAMPLES))('the mapping of %s', (sample, faults) => {
  test('passes the clean sample, with what comes again, holes, and a start in mid-life', async () => {
    const report = await judge(sample, recordsOf(sample));
    expect(report.findings).toEqual([]);
    expect(report.verdict).toBe('consistent');
    const again = report.checks.find(({ id }) => id === 'log/duplicates');
    expect(again?.reason).toContain('the log may deliver an event again');
  });

  test.each(faults)('finds that $fault', async ({ edit, check }) => {
    const report = await judge(sample, edit(recordsOf(sample)));
    expect(report.verdict).toBe('inconsistent');
    expect(report.findings.map((finding) => finding.check)).toContain(check);
  });
});

test('the files of the page are read as they are: compressed, or a JSON array', async () => {
  const write: Readonly<Record<string, (cwd: string, records: readonly string[]) => void>> = {
    'kcat-outbox.ndjson': (cwd, records) => {
      mkdirSync(join(cwd, 'dump'));
      writeFileSync(join(cwd, 'dump/transfers-1.ndjson.gz'), gzipSync(records.join('\n')));
    },
    'axon.ndjson': (cwd, records) => {
      writeFileSync(join(cwd, 'axon.json'), `[\n${records.join(',\n')}\n]`);
      copyFileSync(join(SAMPLES_FOLDER, OPENINGS), join(cwd, OPENINGS));
    },
  };
  for (const [sample, writeFiles] of Object.entries(write)) {
    using bench = tokenBench(mappingFor(sample));
    writeFiles(bench.context.cwd, recordsOf(sample));
    const { data, failure } = await verify(bench.context, INPUT);
    expect(failure).toBeUndefined();
    expect(data.report).toMatchObject({ verdict: 'consistent', findings: [] });
    expect(bench.warnings).toEqual([]);
  }
});

test('what the page tells checks is taken as configuration, of checks there are', async () => {
  using bench = tokenBench(mappingFor('settings'));
  const workspace = await findWorkspace(bench.context);
  const { checks = {}, require = [], outbox } = workspace?.config.verify ?? {};
  expect(checksNamed(CHECKS, [...Object.keys(checks), ...require]).size).toBe(8);
  expect(outbox).toMatchObject({ within: '5m' });
});
