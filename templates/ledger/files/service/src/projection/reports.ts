import { normalSide } from '../domain/account.ts';
import type { Database, Row } from './database.ts';
import { accountOf } from './tables.ts';

/** An exact sum: a JSON integer, or its digits where it passes 2^53 − 1. */
export type ExactSum = number | string;

export interface StatementPage {
  entries: {
    number: number;
    transactionId: string;
    direction: string;
    amount: number;
    balance: number;
    recordedAt: string;
    effectiveAt?: string;
  }[];
  /** What to ask the next page with. */
  next?: number;
}

/** Entries of one account, oldest first, from the one after `after`. */
export function statement(
  database: Database,
  { accountId, after, limit }: { accountId: string; after: number; limit: number },
): StatementPage {
  const rows = database.all(
    'SELECT * FROM entries WHERE account_id = ? AND number > ? ORDER BY number LIMIT ?',
    accountId,
    after,
    limit + 1,
  );
  const entries = rows.slice(0, limit).map(entryOf);
  const last = entries.at(-1);
  return rows.length > limit && last !== undefined ? { entries, next: last.number } : { entries };
}

export interface TrialBalance {
  /** Everything up to this position of the log is in it. */
  position: string;
  currencies: { currency: string; debit: ExactSum; credit: ExactSum; balanced: boolean }[];
  accounts: { accountId: string; currency: string; kind: string; debit: number; credit: number }[];
  next?: string;
}

/** Totals over all accounts, and one page of the accounts themselves. */
export function trialBalance(
  database: Database,
  { position, after, limit }: { position: number; after: string; limit: number },
): TrialBalance {
  const sums = new Map<string, { debit: bigint; credit: bigint }>();
  for (const row of database.all('SELECT * FROM accounts ORDER BY currency')) {
    const { currency, debit, credit } = columnsOf(row);
    const sum = sums.get(currency) ?? { debit: 0n, credit: 0n };
    sums.set(currency, { debit: sum.debit + BigInt(debit), credit: sum.credit + BigInt(credit) });
  }
  const rows = database.all(
    'SELECT * FROM accounts WHERE account_id > ? ORDER BY account_id LIMIT ?',
    after,
    limit + 1,
  );
  const accounts = rows.slice(0, limit).map(columnsOf);
  const last = accounts.at(-1);
  return {
    position: String(position),
    currencies: [...sums].map(([currency, { debit, credit }]) => ({
      currency,
      debit: exactSum(debit),
      credit: exactSum(credit),
      balanced: debit === credit,
    })),
    accounts,
    ...(rows.length > limit && last !== undefined ? { next: last.accountId } : {}),
  };
}

function columnsOf(row: Row): TrialBalance['accounts'][number] {
  const { accountId, currency, kind, balance } = accountOf(row);
  const side = normalSide(kind);
  const debit = side === 'debit' ? balance : -balance;
  return {
    accountId,
    currency,
    kind,
    debit: debit > 0 ? debit : 0,
    credit: debit < 0 ? -debit : 0,
  };
}

function entryOf(row: Row): StatementPage['entries'][number] {
  const effectiveAt = row['effective_at'];
  return {
    number: Number(row['number']),
    transactionId: String(row['transaction_id']),
    direction: String(row['direction']),
    amount: Number(row['amount']),
    balance: Number(row['balance']),
    recordedAt: String(row['recorded_at']),
    ...(effectiveAt === null ? {} : { effectiveAt: String(effectiveAt) }),
  };
}

export function exactSum(sum: bigint): ExactSum {
  const most = BigInt(Number.MAX_SAFE_INTEGER);
  return sum <= most && sum >= -most ? Number(sum) : String(sum);
}
