import { createReadStream } from 'node:fs';
import { FintechError, messageOf } from '../../kernel/errors.ts';
import { MAX_AMOUNT_DIGITS } from '../../model/money.ts';
import { keyOf } from '../keys.ts';
import { csvLines } from '../source/csv.ts';
import type { MoneyRules } from './money-rules.ts';

const INTEGER = new RegExp(`^-?\\d{1,${MAX_AMOUNT_DIGITS}}$`);
const COLUMNS = ['account', 'currency', 'balance'] as const;
/** Some 200 bytes each. */
const MAX_OPENINGS = 4_000_000;

/**
 * Balances before a log begins: a CSV with the columns account, currency, balance. Balances are
 * integer minor units on the account's own side. By `keyOf(account, currency)`.
 * @throws FintechError VERIFY_SOURCE where it cannot be read, or a row is not that
 */
export async function readOpenings(
  { file, name }: { file: string; name: string },
  money: MoneyRules,
): Promise<Map<string, bigint>> {
  const openings = new Map<string, bigint>();
  let row = 1;
  for await (const chunk of csvLines(name, bytesOf(file, name), ',')) {
    for (const line of Buffer.from(chunk).toString('utf8').split('\n')) {
      if (line === '') continue;
      row++;
      const [account, currency, balance] = cellsOf(line, `${name}, row ${row}`);
      const key = keyOf(account, money.read(currency).code);
      if (openings.has(key))
        throw refuse(`${name}, row ${row}`, `${account} stands twice in ${currency}`);
      if (openings.size >= MAX_OPENINGS)
        throw refuse(name, `it has more than ${MAX_OPENINGS} rows`);
      openings.set(key, BigInt(balance));
    }
  }
  return openings;
}

function cellsOf(line: string, where: string): [string, string, string] {
  const cells = JSON.parse(line) as Record<string, string | null>;
  const [account, currency, balance] = COLUMNS.map((column) => cells[column] ?? '');
  if (account === undefined || account === '') throw refuse(where, 'account is missing');
  if (currency === undefined || currency === '') throw refuse(where, 'currency is missing');
  if (balance === undefined || !INTEGER.test(balance)) {
    throw refuse(where, 'balance is no integer of minor units');
  }
  return [account, currency, balance];
}

async function* bytesOf(file: string, name: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file) as AsyncIterable<Buffer>;
  } catch (error) {
    throw refuse(name, `it cannot be read: ${messageOf(error)}`);
  }
}

function refuse(where: string, what: string): FintechError {
  return new FintechError('VERIFY_SOURCE', `openings ${where}: ${what}`, {
    hint: 'It is a CSV with the columns account, currency, balance; balances are integer minor units.',
  });
}
