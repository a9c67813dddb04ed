/** The words of double entry, as data. Amounts are integer minor units. */

export const ACCOUNT_KINDS = ['asset', 'liability', 'equity', 'income', 'expense'] as const;
export type AccountKind = (typeof ACCOUNT_KINDS)[number];

export const DIRECTIONS = ['debit', 'credit'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** One side of a transaction. */
export interface Posting {
  accountId: string;
  direction: Direction;
  amount: bigint;
  currency: string;
}

/** A hold reserves money of an account until it is posted, voided or expires. */
export type HoldStep = 'placed' | 'posted' | 'voided' | 'expired';

/** The side on which a kind of account grows. */
export function normalSide(kind: AccountKind): Direction {
  return kind === 'asset' || kind === 'expense' ? 'debit' : 'credit';
}

/** Whether an account of this kind must not fall below zero unless an overdraft was agreed. */
export function isLimited(kind: AccountKind): boolean {
  return kind === 'asset' || kind === 'liability';
}

/** What a posting adds to an account that grows on `side`. */
export function signedAmount({ direction, amount }: Posting, side: Direction): bigint {
  return direction === side ? amount : -amount;
}

/** Debits and credits of one currency. */
export interface SideTotals {
  debit: bigint;
  credit: bigint;
}

/** Debits and credits per currency, in order of first mention. */
export function totalsByCurrency(postings: readonly Posting[]): Map<string, SideTotals> {
  const totals = new Map<string, SideTotals>();
  for (const { currency, direction, amount } of postings) {
    const total = totals.get(currency) ?? { debit: 0n, credit: 0n };
    total[direction] += amount;
    totals.set(currency, total);
  }
  return totals;
}

/** Whether debits equal credits in every currency. */
export function isBalanced(totals: ReadonlyMap<string, SideTotals>): boolean {
  for (const { debit, credit } of totals.values()) if (debit !== credit) return false;
  return true;
}
