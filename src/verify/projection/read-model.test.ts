import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { pendingOnly, readSnapshot } from './read-model.ts';

const read = (text: string, maxKeys = 10) =>
  readSnapshot(Readable.from([Buffer.from(text)]), { place: 'ledger', maxKeys });

test('a read model is its position, then a line for each key; digits survive', async () => {
  const text = '{"position":"12"}\n{"key":"a","value":{"balance":12345678901234567890}}\n';
  expect(await read(text)).toEqual({
    position: 12n,
    entries: new Map([['a', { balance: 12_345_678_901_234_567_890n }]]),
  });
  expect(await read('{"position":0}')).toEqual({ position: 0n, entries: new Map() });
});

test.each([
  ['', 'ledger, line 1: it is empty'],
  ['{"position":"-1"}', 'ledger, line 1: it says no position'],
  ['{"key":"a","value":1}', 'ledger, line 1: it says no position'],
  ['{"position":"1"}\n{"key":"a"}', 'ledger, line 2: it has no key and value'],
  ['{"position":"1"}\n{"value":1}', 'ledger, line 2: it has no key and value'],
  ['{"position":"1"}\n<html>', 'ledger, line 2: no JSON: unexpected "<"'],
  [
    '{"position":"1"}\n{"key":"a","value":1}\n{"key":"a","value":1}',
    'ledger, line 3: key "a" stands twice',
  ],
])('%j is none, and says where', async (text, message) => {
  await expect(read(text)).rejects.toMatchObject({ code: 'VERIFY_SOURCE', message });
});

test('a read model of more keys than can be kept is refused', async () => {
  const text = '{"position":"1"}\n{"key":"a","value":1}\n{"key":"b","value":1}\n';
  expect((await read(text, 2)).entries.size).toBe(2);
  await expect(read(text, 1)).rejects.toThrow('ledger, line 3: more than 1 keys');
});

test('holds that are over are passed over', () => {
  const entries = new Map<string, unknown>([
    ['a', { status: 'pending' }],
    ['b', { status: 'posted' }],
    ['c', { amount: 1 }],
  ]);
  expect([...pendingOnly(entries).keys()]).toEqual(['a', 'c']);
});
