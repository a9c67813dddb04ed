import type { AccountKind } from './events.ts';

/** An account as the ledger's own events tell it. */
export interface LedgerAccount {
  accountId: string;
  currency: string;
  kind: AccountKind;
  overdraft: number;
  status: 'open' | 'frozen' | 'closed';
  /** On the account's normal side: a liability of 500 is +500, and so is cash of 500. */
  balance: number;
  /** Reserved by pending holds. */
  held: number;
}

/** Only what the bank owns or owes can run short; equity, income and expense have no floor. */
export function hasFloor(kind: AccountKind): boolean {
  return kind === 'asset' || kind === 'liability';
}

/** What may still be spent. In bigint, since the sum can pass 2^53 − 1. */
export function available({ balance, overdraft, held }: LedgerAccount): bigint {
  return BigInt(balance) + BigInt(overdraft) - BigInt(held);
}
