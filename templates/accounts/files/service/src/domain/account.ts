import type { AccountTerms, Alteration } from './events.ts';

/** An account that was asked for here. */
export interface Account {
  terms: AccountTerms;
  /** The change that opens it. */
  openedBy: string;
  status: 'opening' | 'open' | 'refused';
}

/** A change of an account: asked of the ledger until the ledger has answered. */
export interface Change {
  changeId: string;
  accountId: string;
  change: 'open' | Alteration;
  outcome: { state: 'pending' } | { state: 'done' } | ({ state: 'refused' } & LedgerRefusal);
}

/** Why the ledger would not do it. */
export interface LedgerRefusal {
  status: number;
  code: string;
  detail: string;
}

/** Whoever asks. Services that act in their own name and the bank's operators see every account. */
export interface Party {
  subject: string;
  seesAll: boolean;
}

/**
 * Whether an account exists for somebody. One without an owner does for everybody, and an opening
 * that was refused made nobody an owner.
 */
export function existsFor({ subject, seesAll }: Party, account: Account | undefined): boolean {
  if (account === undefined || account.status === 'refused') return true;
  const { owner } = account.terms;
  return owner === undefined || owner === subject || seesAll;
}
