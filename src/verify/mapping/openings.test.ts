import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keyOf } from '../keys.ts';
import { MoneyRules } from './money-rules.ts';
import { readOpenings } from './openings.ts';

async function read(text: string): Promise<ReadonlyMap<string, bigint>> {
  const folder = mkdtempSync(join(tmpdir(), 'openings-'));
  try {
    const file = join(folder, 'openings.csv');
    writeFileSync(file, text);
    return await readOpenings({ file, name: 'openings.csv' }, new MoneyRules());
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('openings are read by account and currency', async () => {
  const openings = await read('balance,account,currency\n-12,a,eur\n9007199254740993,"b,c",978\n');
  expect([...openings]).toEqual([
    [keyOf('a', 'EUR'), -12n],
    [keyOf('b,c', 'EUR'), 9_007_199_254_740_993n],
  ]);
});

test.each([
  ['account,currency,balance\na,EUR,1.50\n', 'row 2: balance is no integer of minor units'],
  ['account,currency,balance\na,EUR,1\n,EUR,1\n', 'row 3: account is missing'],
  ['account,currency,balance\na,,1\n', 'row 2: currency is missing'],
  ['account,currency,balance\na,EUR,1\na,eur,2\n', 'row 3: a stands twice in eur'],
  ['account,balance\na,1\n', 'row 2: currency is missing'],
])('%j is refused', async (text, message) => {
  await expect(read(text)).rejects.toThrow(message);
});

test('a file that is not there is refused', async () => {
  const missing = readOpenings({ file: '/nowhere/o.csv', name: 'o.csv' }, new MoneyRules());
  await expect(missing).rejects.toMatchObject({ code: 'VERIFY_SOURCE' });
});
