import type { AccountKind } from './events.ts';
import type { LedgerAccount } from './ledger-account.ts';

/** A side of a transaction of the ledger. Amounts are positive minor units, at most 2^53 − 1. */
export interface Posting {
  accountId: string;
  direction: 'debit' | 'credit';
  amount: number;
}

/** A pending hold. */
export interface Hold {
  holdId: string;
  accountId: string;
  amount: number;
}

interface Named {
  accountId: string;
}

/** What the ledger's events say, as far as balances are concerned. */
export type LedgerEvent =
  | {
      type: 'account-opened';
      data: Named & { currency: string; kind: AccountKind; overdraft?: number };
    }
  | { type: 'account-frozen' | 'account-unfrozen' | 'account-closed'; data: Named }
  | { type: 'transaction-posted'; data: { postings: Posting[] } }
  | { type: 'hold-placed'; data: Hold }
  | { type: 'hold-posted' | 'hold-voided' | 'hold-expired'; data: { holdId: string } };

export interface LedgerBooks {
  ledgerAccount(accountId: string): LedgerAccount | undefined;
  hold(holdId: string): Hold | undefined;
}

/** What one event of the ledger changes. */
export interface Booked {
  accounts: LedgerAccount[];
  placed?: Hold;
  /** The hold that is over. */
  resolved?: Hold;
}

const STATUS = {
  'account-frozen': 'frozen',
  'account-unfrozen': 'open',
  'account-closed': 'closed',
} as const;

/**
 * Folds the ledger's events into balances: the ledger alone writes them.
 * @throws Error for an event that does not follow from those before it, or passes exact integers
 */
export function book(books: LedgerBooks, event: LedgerEvent): Booked {
  switch (event.type) {
    case 'account-opened': {
      const figures = { overdraft: 0, status: 'open', balance: 0, held: 0 } as const;
      const { accountId, currency, kind, overdraft = 0 } = event.data;
      return { accounts: [{ accountId, currency, kind, ...figures, overdraft }] };
    }
    case 'account-frozen':
    case 'account-unfrozen':
    case 'account-closed': {
      const account = known(books, event.data.accountId);
      return { accounts: [{ ...account, status: STATUS[event.type] }] };
    }
    case 'transaction-posted':
      return { accounts: posted(books, event.data.postings) };
    case 'hold-placed': {
      const { holdId, accountId, amount } = event.data;
      const account = withHeld(known(books, accountId), amount);
      return { accounts: [account], placed: { holdId, accountId, amount } };
    }
    case 'hold-posted':
    case 'hold-voided':
    case 'hold-expired':
      return released(books, event.data.holdId);
  }
}

function posted(books: LedgerBooks, postings: readonly Posting[]): LedgerAccount[] {
  const accounts = new Map<string, LedgerAccount>();
  for (const { accountId, direction, amount } of postings) {
    const account = accounts.get(accountId) ?? known(books, accountId);
    const change = direction === normalSide(account.kind) ? amount : -amount;
    accounts.set(accountId, { ...account, balance: exact(account.balance + change) });
  }
  return [...accounts.values()];
}

function released(books: LedgerBooks, holdId: string): Booked {
  const hold = books.hold(holdId);
  if (hold === undefined) throw new Error(`hold ${holdId} is not pending`);
  return { accounts: [withHeld(known(books, hold.accountId), -hold.amount)], resolved: hold };
}

function withHeld(account: LedgerAccount, change: number): LedgerAccount {
  return { ...account, held: exact(account.held + change) };
}

/** The side that makes an account grow. */
function normalSide(kind: AccountKind): Posting['direction'] {
  return kind === 'asset' || kind === 'expense' ? 'debit' : 'credit';
}

function exact(figure: number): number {
  if (!Number.isSafeInteger(figure)) throw new Error('a balance passes 2^53 − 1');
  return figure;
}

function known(books: LedgerBooks, accountId: string): LedgerAccount {
  const account = books.ledgerAccount(accountId);
  if (account === undefined) throw new Error(`account ${accountId} was never opened`);
  return account;
}
