import { describe, expect, test } from 'vitest';
import type { MapEntry, VerifyConfig } from '../../model/verify-config.ts';
import { mapsOf, verifyMapped } from '../testing/verify-mapped.ts';
import { ENVELOPE } from './facts-of.fixture.ts';

describe('a wrong map is refused at its place', () => {
  const movement = { account: 'a', amount: 'n', currency: 'c' };
  test.each<[MapEntry, string]>([
    [{ movement: { account: 'a', amount: 'n' } }, '/verify/map/0/movement: currency is missing'],
    [
      { movement: { ...movement, balance: 'b' } },
      '/verify/map/0/movement/balance: unknown key "balance"',
    ],
    [
      { movement: { ...movement, amount: 'a-b' } },
      `/verify/map/0/movement/amount: "a-b" is no path from "-b" on; a name with - in it is written ['like-this']`,
    ],
    [{ type: 'a*b', movement }, '/verify/map/0/type: "a*b" may have its * only at the end'],
    [
      { movement: { ...movement, at: { path: 'x', value: 'y' } } },
      '/verify/map/0/movement/at: one of path, value, first, join says what the value is; here path and value does',
    ],
    [{ transaction: 't' }, '/verify/map/0: `transaction` needs its `postings`'],
    [
      { hold: { id: 'h', step: 'posted', amount: { path: 'n', unit: 'major' } } },
      '/verify/map/0/hold/amount: an amount with a unit needs a currency beside it',
    ],
    [
      { source: 'entires', movement },
      '/verify/map/0/source: there is no source "entires". Did you mean "entries"?',
    ],
    [
      { type: 'x' },
      '/verify/map/0: the entry makes no fact: it needs one of accountState, hold, transaction, posting, payment, movement, statement, saga, command, checkpoint',
    ],
    [{ when: { 'a..b': 1 }, movement }, '/verify/map/0/when/a..b: "a..b" is no path from "..b" on'],
  ])('%j', (entry, message) => {
    const config = { map: [entry], sources: [{ name: 'entries', files: 'x' }] };
    expect(() => mapsOf(config)).toThrow(new Error(message));
  });
});

describe('how a map fits a log', () => {
  const saga = { name: 's', key: 'k', step: 'x' };
  const log = [
    { type: 'Posted', k: 1 },
    { type: 'Other', k: 1 },
    { type: 'Other', k: 2 },
  ];

  test('what becomes no fact is told, but not what is ignored', async () => {
    const config: VerifyConfig = { log: ENVELOPE, map: [{ type: 'Posted', saga }] };
    expect((await verifyMapped(config, { log })).left).toBe(
      '2 events became no fact: "Other" (2, first at line 2); map their types, or list them under `ignore`',
    );
    expect((await verifyMapped({ ...config, ignore: ['Oth*'] }, { log })).left).toBeUndefined();
  });

  test('an entry that matches nothing is refused with the nearest type', async () => {
    const map = [{ type: 'Postd', saga }];
    const refused = verifyMapped({ log: ENVELOPE, map }, { log });
    await expect(refused).rejects.toThrow(
      '/verify/map/0: no record has the type "Postd". Did you mean "Posted"? Where a log may hold none, the entry says `optional: true`.',
    );
  });

  test('an entry may match nothing where it is optional, the log is empty, or its source is not read', async () => {
    const read = (entry: MapEntry, records: readonly object[] = log) =>
      verifyMapped({ log: ENVELOPE, map: [entry] }, { log: records });
    await read({ type: 'No', optional: true, saga });
    await read({ type: 'No', saga }, []);
    await read({ source: 'elsewhere', type: 'No', saga });
    const when = { k: 9 };
    await expect(read({ type: 'Posted', when, saga })).rejects.toThrow('matches its `when`');
  });
});

describe('the default vocabulary', () => {
  const opened = {
    specversion: '1.0',
    id: '1',
    source: '/s',
    type: 'ledger.account-frozen',
    subject: 'a',
    data: {},
  };
  const map = [{ saga: { name: 's', key: 'id', step: 'x' } }];
  const mappingFound = async (config: VerifyConfig) =>
    (await verifyMapped(config, { log: [opened] })).findings.map(({ check }) => check);

  test('is read without a map, and not beside one', async () => {
    expect(await mappingFound({})).toEqual(['log/mapping']);
    expect(await mappingFound({ map })).toEqual([]);
  });
});
