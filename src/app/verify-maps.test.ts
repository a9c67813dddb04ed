import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { messageOf } from '../kernel/errors.ts';
import { PRESET_FILES } from '../verify/mapping/presets.ts';
import { readingOf } from '../verify/mapping/reading-of.ts';
import { CLOUD_EVENTS } from '../verify/source/cloud-events.ts';
import { memorySource, verifySources } from '../verify/testing/verify-bytes.ts';
import { type TokenBench, tokenBench } from './tokens.fixture.ts';
import { type MapInput, readMaps } from './verify-maps.ts';
import { findWorkspace } from './workspace.ts';

const NONE: MapInput = { presets: [], maps: [] };

async function mapsIn(bench: TokenBench, input: Partial<MapInput> = {}) {
  return readMaps(bench.context, await findWorkspace(bench.context), { ...NONE, ...input });
}

/** What each check says of these records by a preset: what it checked, and what it found. */
async function judge(preset: string, records: readonly (object | string)[]) {
  using bench = tokenBench();
  const maps = await mapsIn(bench, { presets: preset.split('+') });
  const { reading } = readingOf({ name: 'log', files: 'log' }, maps);
  const lines = records.map(
    (record) => `${typeof record === 'string' ? record : JSON.stringify(record)}\n`,
  );
  const source = { ...memorySource('log', [Buffer.from(lines.join(''))]), reading };
  const report = await verifySources([source]);
  return {
    found: report.findings.map(({ check, actual }) => `${check}: ${actual}`),
    checked: Object.fromEntries(report.checks.map(({ id, checked }) => [id, checked])),
  };
}

describe('a preset', () => {
  test.each(PRESET_FILES)('%s is a map without a fault', async (preset) => {
    using bench = tokenBench();
    await expect(mapsIn(bench, { presets: [preset] })).resolves.toMatchObject({ asked: [{}] });
  });

  const frozen = { accountId: 'a' };
  const TYPE = 'com.acme.ledger.account-frozen';
  test.each<[string, object[], string[]]>([
    [
      'kcat',
      [
        {
          partition: 0,
          offset: 3,
          ts: 1,
          headers: ['id', 'x', 'eventType', TYPE],
          payload: JSON.stringify(frozen),
        },
      ],
      ['log/order', 'log/id-reuse'],
    ],
    [
      'debezium-outbox',
      [
        {
          op: 'c',
          ts_ms: 1,
          after: { id: 'x', type: TYPE, aggregateid: 's', payload: JSON.stringify(frozen) },
        },
      ],
      ['log/id-reuse'],
    ],
    [
      'kcat+debezium-outbox',
      [
        {
          partition: 0,
          offset: 3,
          payload: JSON.stringify({
            payload: { after: { id: 'x', type: TYPE, payload: JSON.stringify(frozen) } },
          }),
        },
      ],
      ['log/order', 'log/id-reuse'],
    ],
    [
      'axon',
      [
        {
          global_index: 3,
          event_identifier: 'x',
          aggregate_identifier: 's',
          sequence_number: 0,
          payload_type: TYPE,
          payload: JSON.stringify(frozen),
        },
      ],
      ['log/order', 'log/revisions', 'log/id-reuse'],
    ],
    [
      'kurrentdb',
      [
        {
          event: {
            id: 'x',
            type: TYPE,
            streamId: 's',
            revision: 0,
            position: { commit: '9', prepare: '8' },
            data: frozen,
          },
        },
      ],
      ['log/order', 'log/revisions', 'log/id-reuse'],
    ],
    [
      'emmett',
      [
        {
          message_id: 'x',
          message_type: TYPE,
          stream_id: 's',
          stream_position: '1',
          global_position: '4',
          message_data: frozen,
        },
      ],
      ['log/order', 'log/revisions', 'log/id-reuse'],
    ],
  ])('%s reads an envelope, and the default vocabulary in it', async (preset, records, checks) => {
    const { found, checked } = await judge(preset, records);
    expect(found).toEqual([]);
    for (const check of [...checks, 'log/mapping'])
      expect(checked, check).toMatchObject({ [check]: 1 });
  });

  test('stripe-balance reads balance transactions, in the units of Stripe', async () => {
    const charge = {
      id: 'txn_1',
      object: 'balance_transaction',
      type: 'charge',
      created: 1_600_000_000,
    };
    const { found, checked } = await judge('stripe-balance', [
      { ...charge, amount: 1000, fee: 59, net: 941, currency: 'eur' },
      { ...charge, id: 'txn_2', net: 500, currency: 'isk' },
      { ...charge, id: 'txn_3', net: 501, currency: 'isk' },
    ]);
    expect(found).toEqual(['money/minor-units: 501']);
    expect(checked).toMatchObject({ 'money/minor-units': 3 });
  });

  test('formance reads transactions and reversals', async () => {
    const entry = (id: number, type: string, data: object) => ({
      id,
      type,
      data,
      date: '2027-01-01T00:00:00Z',
    });
    const postings = (amount: number) => [
      { source: 'world', destination: 'bank', amount, asset: 'USD/2' },
    ];
    const { found, checked } = await judge('formance', [
      entry(1, 'NEW_TRANSACTION', { transaction: { id: 0, postings: postings(100) } }),
      entry(2, 'SET_METADATA', {}),
      entry(4, 'REVERTED_TRANSACTION', {
        revertedTransactionID: 0,
        transaction: { id: 1, postings: postings(100) },
      }),
    ]);
    expect(found).toEqual([]);
    expect(checked).toMatchObject({ 'ledger/balanced': 2, 'log/order': 3 });
  });

  test('camt.053 reads statements and their booked entries', async () => {
    const statement = { statement: 'S', account: 'DE1', currency: 'EUR' };
    const { found, checked } = await judge('camt.053', [
      {
        record: 'statement',
        ...statement,
        opening: { signed: '10.00' },
        closing: { signed: '7.50' },
        entries: '1',
      },
      {
        record: 'entry',
        ...statement,
        number: 1,
        signed: '-2.50',
        status: 'BOOK',
        bookedOn: '2027-01-02',
      },
      { record: 'entry', ...statement, number: 2, signed: '-9.00', status: 'PDNG' },
    ]);
    expect(found).toEqual([]);
    expect(checked).toMatchObject({ 'ledger/statement': 1, 'log/mapping': 2 });
  });
});

describe('what says how records are read', () => {
  test('is nothing by default, so that the log is read the fast way', async () => {
    using bench = tokenBench('verify: { sources: [log] }');
    const { reading, mapped } = readingOf({ name: 'log', files: 'log' }, await mapsIn(bench));
    expect(reading).toBe(CLOUD_EVENTS);
    expect(mapped).toBeUndefined();
  });

  test('is told for each source, stronger there, and strongest on the command line', async () => {
    using bench = tokenBench(`
verify:
  presets: [emmett]
  log: { order: none }
  sources: [{ name: a, files: x, preset: axon, log: { starts: middle } }, sandbox]
`);
    writeFileSync(join(bench.context.cwd, 'm.yaml'), 'log: { revisions: none }');
    const maps = await mapsIn(bench, { maps: ['m.yaml'] });
    const profile = (source: Parameters<typeof readingOf>[0]) =>
      readingOf(source, maps).reading.profile;
    const a = { name: 'a', files: 'x', preset: 'axon', log: { starts: 'middle' as const } };
    expect(profile(a)).toMatchObject({
      order: 'increasing',
      firstRevision: undefined,
      startsInMiddle: true,
    });
    expect(profile({ name: 'b', files: 'x' })).toMatchObject({
      order: 'none',
      firstRevision: undefined,
    });
    expect(readingOf({ name: 'sandbox', sandbox: true }, maps).reading).toBe(CLOUD_EVENTS);
  });

  test('reads the default vocabulary beside a map only where it is listed', async () => {
    const map = 'map: [{ type: other, saga: { name: a, key: id, step: s } }]';
    const record = JSON.stringify({
      specversion: '1.0',
      id: '1',
      source: '/s',
      type: 'com.acme.ledger.account-frozen',
      data: { accountId: 'a' },
    });
    const mapped = async (config: string) => {
      using bench = tokenBench(config);
      const { reading, mapped } = readingOf({ name: 'log', files: 'log' }, await mapsIn(bench));
      const source = { ...memorySource('log', [Buffer.from(`${record}\n`)]), reading };
      const { checks } = await verifySources([source]);
      const left = mapped?.use.unmappedTypes.length;
      return [checks.find(({ id }) => id === 'log/mapping')?.checked, left];
    };
    expect(await mapped(`verify: { ${map} }`)).toEqual([0, 1]);
    expect(await mapped(`verify: { ${map}, presets: [default] }`)).toEqual([1, 0]);
  });

  test('holds no record of a table or a CSV to be a CloudEvent', async () => {
    using bench = tokenBench('verify: {}');
    const maps = await mapsIn(bench);
    const table = readingOf({ name: 't', postgres: 'x', orderBy: 'id' }, maps).reading;
    expect(table.profile).toMatchObject({ cloudEvents: false, typed: false });
    const csv = readingOf({ name: 'c', files: 'a.csv.gz' }, maps).reading;
    expect(csv.profile.cloudEvents).toBe(false);
  });

  test('names a preset that is none at its place', async () => {
    using bench = tokenBench(
      'verify:\n  presets: [defualt]\n  sources:\n    - { name: a, files: x, preset: [kcat, axn] }\n',
    );
    const message = await mapsIn(bench).catch(messageOf);
    expect(message).toContain(
      'fintech.yaml:2:13: verify.presets.0: there is no preset "defualt". Did you mean "default"?',
    );
    expect(message).toContain(
      'fintech.yaml:4:43: verify.sources.0.preset.1: there is no preset "axn". Did you mean "axon"?',
    );
  });

  test('takes secrets from the environment, and says only the name of one that is missing', async () => {
    using bench = tokenBench('verify: { sources: [{ name: a, postgres: "${DB_URL}" }] }');
    const workspace = findWorkspace({ ...bench.context, environment: { DB_URL: 's3cret' } });
    await expect(workspace).resolves.toMatchObject({
      config: { verify: { sources: [{ postgres: 's3cret' }] } },
    });
    await expect(findWorkspace(bench.context)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      exitCode: 2,
      message: expect.stringContaining('environment variable not set: DB_URL'),
    });
  });
});

describe('a map file', () => {
  const refused = async (text: string) => {
    using bench = tokenBench();
    writeFileSync(join(bench.context.cwd, 'm.yaml'), text);
    try {
      await mapsIn(bench, { maps: ['m.yaml'] });
      return 'taken';
    } catch (error) {
      return messageOf(error);
    }
  };

  test.each([
    ['map: [{ saga: { name: a, key: k, step: s } }]', 'taken'],
    ['', 'taken'],
    ['maps: []', 'm.yaml:1:1: unknown key "maps". Did you mean "map"?'],
    ['sources: []', 'm.yaml:1:1: "sources" is no key of a map file'],
    ['map:\n  - typ: x', 'm.yaml:2:5: map.0: unknown key "typ". Did you mean "type"?'],
    [
      'map:\n  - saga: { name: a, key: b..c, step: s }',
      'm.yaml:2:27: map.0.saga.key: "b..c" is no path from "..c" on',
    ],
    ['log: { order: random }', 'm.yaml:1:15: log.order: must be one of gapless, increasing, none'],
    ['map: [', 'm.yaml:1:7'],
    ['log: { envelope: { id: "${NOPE}" } }', 'm.yaml: environment variable not set: NOPE'],
  ])('%j', async (text, message) => {
    expect(await refused(text)).toContain(message);
  });

  test('that is not there, or a preset that is none, is refused', async () => {
    using bench = tokenBench();
    await expect(mapsIn(bench, { maps: ['nowhere.yaml'] })).rejects.toMatchObject({
      code: 'USAGE_INVALID',
    });
    await expect(mapsIn(bench, { presets: ['kact'] })).rejects.toThrow('Did you mean "kcat"?');
  });
});
