import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LogWriter, ndjson } from '../verify/testing/log-writer.ts';
import { type TokenBench, tokenBench } from './tokens.fixture.ts';
import { draftMapOf, explainMap } from './verify-map.ts';
import { readMaps } from './verify-maps.ts';
import { findWorkspace } from './workspace.ts';

const SAMPLES = join(import.meta.dirname, '../../test/sources');
const NONE = { presets: [], maps: [] };

function withSample(bench: TokenBench, sample: string): string {
  copyFileSync(join(SAMPLES, sample), join(bench.context.cwd, sample));
  return sample;
}

describe('--explain-map', () => {
  const map = `
verify:
  sources: [{ name: t, files: kcat-outbox.ndjson, preset: kcat }]
  map:
    - type: TransferPosted
      saga: { name: transfer, key: payload.transferId, step: { path: payload.status } }
  ignore: [TransferRequested]
`;

  test('shows which types became which facts, and what was left', async () => {
    using bench = tokenBench(map);
    withSample(bench, 'kcat-outbox.ndjson');
    const { data } = await explainMap(bench.context, { sources: [], ...NONE });
    expect(data.sources).toEqual([
      {
        source: 't',
        events: 13,
        types: [
          {
            type: 'TransferPosted',
            events: 11,
            outcome: 'facts',
            facts: [
              {
                fact: 'saga',
                // The rest was delivered again.
                count: 8,
                example: 'name "transfer", key "tr-501", step "BOOKED"',
                position: '0/1042',
              },
            ],
          },
          { type: 'TransferReversed', events: 1, outcome: 'left', facts: [] },
          { type: 'TransferRequested', events: 1, outcome: 'ignored', facts: [] },
        ],
      },
    ]);
  });

  test('explains the default vocabulary where there is no map', async () => {
    using bench = tokenBench();
    const writer = new LogWriter();
    writer.append('a', 'ledger.account-frozen', { accountId: 'a' });
    writer.append('a', 'ledger.account-frozen', {});
    writer.append('b', 'words.said', {});
    writeFileSync(join(bench.context.cwd, 'log.ndjson'), ndjson(writer.events));
    const { data } = await explainMap(bench.context, { sources: ['log.ndjson'], ...NONE });
    expect(
      data.sources[0]?.types.map(({ outcome, facts }) => [
        outcome,
        facts.map(({ example }) => example),
      ]),
    ).toEqual([
      ['facts', ['step "frozen", accountId "a"', 'data.accountId is missing']],
      ['left', []],
    ]);
  });
});

describe('--draft-map', () => {
  test.each([
    [
      'kcat-outbox.ndjson',
      [
        'preset: kcat',
        'each: payload.entries',
        'values: { D: debit, C: credit }',
        '# key: payload.requestId',
      ],
    ],
    [
      'axon.ndjson',
      ['preset: axon', 'from: payload.from', '# - type: com.acme.bank.MoneyReserved'],
    ],
    [
      'entries.ndjson',
      ['envelope: { id: entry_id, time: booked_at }', 'debit: { path: dr, unit: major }'],
    ],
  ])('drafts a mapping of %s that is a configuration, and works', async (sample, lines) => {
    using bench = tokenBench();
    const sources = [withSample(bench, sample)];
    const { data } = await draftMapOf(bench.context, { sources, ...NONE });
    for (const line of lines) expect(data.draft).toContain(line);
    writeFileSync(join(bench.context.cwd, 'fintech.yaml'), data.draft);
    const { data: explained } = await explainMap(bench.context, { sources: [], ...NONE });
    const facts = explained.sources[0]?.types.flatMap((type) => type.facts.map(({ fact }) => fact));
    expect(new Set(facts)).toEqual(new Set(['transaction']));
  });

  test('drafts nothing but types where no money is seen', async () => {
    using bench = tokenBench();
    writeFileSync(join(bench.context.cwd, 'log'), '{"specversion":"1.0","type":"a b","data":{}}\n');
    const { data } = await draftMapOf(bench.context, { sources: ['log'], ...NONE });
    expect(data.draft).toContain('# - type: "a b" # no amounts and accounts were seen');
    writeFileSync(join(bench.context.cwd, 'fintech.yaml'), data.draft);
    const workspace = await findWorkspace(bench.context);
    await expect(readMaps(bench.context, workspace, NONE)).resolves.toBeDefined();
  });
});
