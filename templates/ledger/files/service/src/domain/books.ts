import { type Account, openedAccount, withHeld, withPosting } from './account.ts';
import type { HoldPlaced, LedgerEvent, Posting, TransactionPosted } from './events.ts';

export interface Transaction {
  posted: TransactionPosted;
  reversedBy?: string;
}

export interface Hold {
  placed: HoldPlaced;
  status: 'pending' | 'posted' | 'voided' | 'expired';
  /** Once posted: what was taken, and by which transaction. */
  taken?: { amount: number; transactionId: string };
}

/** What a decision may look at. */
export interface Books {
  account(accountId: string): Account | undefined;
  transaction(transactionId: string): Transaction | undefined;
  hold(holdId: string): Hold | undefined;
}

/** A line of an account's statement: one posting and the balance after it. */
export interface Entry extends Posting {
  transactionId: string;
  balance: number;
}

/** What one event changes: whole new values, to be put in place of the old. */
export interface Changes {
  accounts: Account[];
  transactions: Transaction[];
  holds: Hold[];
  entries: Entry[];
}

/** The one fold of the ledger. The read model and every decision stand on it. */
export function evolve(books: Books, event: LedgerEvent): Changes {
  switch (event.type) {
    case 'account-opened':
      return changes({ accounts: [openedAccount(event.data)] });
    case 'account-frozen':
      return changes({ accounts: [{ ...known(books, event.data.accountId), status: 'frozen' }] });
    case 'account-unfrozen':
      return changes({ accounts: [{ ...known(books, event.data.accountId), status: 'open' }] });
    case 'account-closed':
      return changes({ accounts: [{ ...known(books, event.data.accountId), status: 'closed' }] });
    case 'account-entered':
      return changes({});
    case 'transaction-posted':
      return afterTransaction(books, event.data);
    case 'hold-placed': {
      const account = known(books, event.data.accountId);
      return changes({
        accounts: [withHeld(account, event.data.amount)],
        holds: [{ placed: event.data, status: 'pending' }],
      });
    }
    case 'hold-posted': {
      const { amount, transactionId } = event.data;
      return resolved(books, event.data.holdId, {
        status: 'posted',
        taken: { amount, transactionId },
      });
    }
    case 'hold-voided':
      return resolved(books, event.data.holdId, { status: 'voided' });
    case 'hold-expired':
      return resolved(books, event.data.holdId, { status: 'expired' });
  }
}

/** The books as they stand once these events happened; the given books stay as they are. */
export function booksAfter(books: Books, events: readonly LedgerEvent[]): Books {
  const accounts = new Map<string, Account>();
  const transactions = new Map<string, Transaction>();
  const holds = new Map<string, Hold>();
  const after: Books = {
    account: (id) => accounts.get(id) ?? books.account(id),
    transaction: (id) => transactions.get(id) ?? books.transaction(id),
    hold: (id) => holds.get(id) ?? books.hold(id),
  };
  for (const event of events) {
    const changed = evolve(after, event);
    for (const account of changed.accounts) accounts.set(account.accountId, account);
    for (const item of changed.transactions) transactions.set(item.posted.transactionId, item);
    for (const hold of changed.holds) holds.set(hold.placed.holdId, hold);
  }
  return after;
}

export const emptyBooks: Books = {
  account: () => undefined,
  transaction: () => undefined,
  hold: () => undefined,
};

function afterTransaction(books: Books, posted: TransactionPosted): Changes {
  const accounts = new Map<string, Account>();
  const entries: Entry[] = [];
  for (const posting of posted.postings) {
    const before = accounts.get(posting.accountId) ?? known(books, posting.accountId);
    const account = withPosting(before, posting);
    accounts.set(account.accountId, account);
    entries.push({
      ...posting,
      transactionId: posted.transactionId,
      balance: account.balance,
    });
  }
  const transactions: Transaction[] = [{ posted }];
  const reversed = posted.reverses === undefined ? undefined : books.transaction(posted.reverses);
  if (reversed) transactions.push({ ...reversed, reversedBy: posted.transactionId });
  return changes({ accounts: [...accounts.values()], transactions, entries });
}

function resolved(books: Books, holdId: string, end: Pick<Hold, 'status' | 'taken'>): Changes {
  const hold = books.hold(holdId);
  if (hold?.status !== 'pending') throw new Error(`hold ${holdId} is not pending`);
  const account = known(books, hold.placed.accountId);
  return changes({
    accounts: [withHeld(account, -hold.placed.amount)],
    holds: [{ ...hold, ...end }],
  });
}

function known(books: Books, accountId: string): Account {
  const account = books.account(accountId);
  if (account === undefined) throw new Error(`account ${accountId} was never opened`);
  return account;
}

function changes(some: Partial<Changes>): Changes {
  return { accounts: [], transactions: [], holds: [], entries: [], ...some };
}
