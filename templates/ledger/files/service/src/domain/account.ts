import type { AccountKind, AccountOpened, Direction, Posting } from './events.ts';

export type AccountStatus = 'open' | 'frozen' | 'closed';

export interface Account {
  accountId: string;
  currency: string;
  kind: AccountKind;
  overdraft: number;
  status: AccountStatus;
  /** On the account's normal side: a liability of 500 is +500, and so is cash of 500. */
  balance: number;
  /** Reserved by pending holds. */
  held: number;
}

/** The side that makes an account grow. */
export function normalSide(kind: AccountKind): Direction {
  return kind === 'asset' || kind === 'expense' ? 'debit' : 'credit';
}

/** The side that makes an account shrink: how money is spent from it. */
export function spendingSide(kind: AccountKind): Direction {
  return normalSide(kind) === 'debit' ? 'credit' : 'debit';
}

export function openedAccount({ accountId, currency, kind, overdraft }: AccountOpened): Account {
  const figures = { overdraft: overdraft ?? 0, balance: 0, held: 0 };
  return { accountId, currency, kind, status: 'open', ...figures };
}

export function withPosting(account: Account, { direction, amount }: Posting): Account {
  const change = direction === normalSide(account.kind) ? amount : -amount;
  return { ...account, balance: account.balance + change };
}

export function withHeld(account: Account, change: number): Account {
  return { ...account, held: account.held + change };
}

/** Only what the bank owns or owes can run short; equity, income and expense have no floor. */
export function hasFloor(kind: AccountKind): boolean {
  return kind === 'asset' || kind === 'liability';
}

/** What may still be spent. In bigint, since the sum can pass 2^53 − 1. */
export function available({ balance, overdraft, held }: Account): bigint {
  return BigInt(balance) + BigInt(overdraft) - BigInt(held);
}
