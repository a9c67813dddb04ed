import { type Account, available, hasFloor, withPosting } from './account.ts';
import type { Books } from './books.ts';
import { accepted, type Decision, type Refusal, sameFact, taken } from './decision.ts';
import type { LedgerEvent, Posting, TransactionPosted } from './events.ts';
import type { RefusalCode } from './refusals.ts';

export function postTransaction(books: Books, wanted: TransactionPosted): Decision {
  const existing = books.transaction(wanted.transactionId);
  if (existing !== undefined) {
    const same = sameFact(existing.posted, wanted);
    return taken(wanted.transactionId, { same, code: 'transaction-exists' });
  }
  const refusal =
    unbalanced(wanted.postings) ?? wrongReversal(books, wanted) ?? unpostable(books, wanted);
  if (refusal !== undefined) return { outcome: 'refused', refusal };
  return accepted(wanted.transactionId, transactionEvents(wanted));
}

/** The transaction, then one entry in the stream of each account it moves. */
export function transactionEvents(posted: TransactionPosted): LedgerEvent[] {
  const { transactionId } = posted;
  return [
    { type: 'transaction-posted', data: posted },
    ...accountsOf(posted.postings).map((accountId): LedgerEvent => {
      return { type: 'account-entered', data: { accountId, transactionId } };
    }),
  ];
}

/** Whether every account of these postings is known, open and able to bear them. */
export function unpostable(
  books: Books,
  { postings }: Pick<TransactionPosted, 'postings'>,
): Refusal | undefined {
  for (const accountId of accountsOf(postings)) {
    const account = books.account(accountId);
    if (account === undefined) return refusal('account-unknown', `no account ${accountId}`);
    const own = postings.filter((posting) => posting.accountId === accountId);
    const found = unusable(account) ?? unbearable(account, own);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether money may move at all. */
export function unusable({ accountId, status }: Account): Refusal | undefined {
  if (status === 'frozen') return refusal('account-frozen', `${accountId} is frozen`);
  if (status === 'closed') return refusal('account-closed', `${accountId} is closed`);
  return undefined;
}

function unbearable(account: Account, postings: Posting[]): Refusal | undefined {
  const { accountId, currency } = account;
  if (postings.some((posting) => posting.currency !== currency)) {
    return refusal('currency-mismatch', `${accountId} holds ${currency}`);
  }
  const after = postings.reduce(withPosting, account);
  if (!Number.isSafeInteger(after.balance)) {
    return refusal('limit-exceeded', `${accountId} would pass the largest exact balance`);
  }
  const shrinks = after.balance < account.balance;
  if (shrinks && hasFloor(account.kind) && available(after) < 0n) {
    return refusal('insufficient-funds', `${accountId} has not enough to spend`);
  }
  return undefined;
}

function unbalanced(postings: Posting[]): Refusal | undefined {
  const sums = new Map<string, bigint>();
  const sides = new Map<string, string>();
  for (const { accountId, amount, currency, direction } of postings) {
    const signed = direction === 'debit' ? BigInt(amount) : -BigInt(amount);
    sums.set(currency, (sums.get(currency) ?? 0n) + signed);
    if ((sides.get(accountId) ?? direction) !== direction) {
      return refusal('same-account-on-both-sides', `${accountId} is debited and credited`);
    }
    sides.set(accountId, direction);
  }
  const off = [...sums].filter(([, sum]) => sum !== 0n).map(([currency]) => currency);
  if (off.length === 0) return undefined;
  return refusal('unbalanced', `debits and credits differ in ${off.join(', ')}`);
}

/** A reversal undoes the whole transaction: its mirror image, once. */
function wrongReversal(books: Books, wanted: TransactionPosted): Refusal | undefined {
  if (wanted.reverses === undefined) return undefined;
  const reversed = books.transaction(wanted.reverses);
  if (reversed === undefined) {
    return refusal('transaction-unknown', `no transaction ${wanted.reverses}`);
  }
  if (reversed.reversedBy !== undefined) {
    return refusal('already-reversed', `${wanted.reverses} is reversed already`);
  }
  const mirrored = reversed.posted.postings.map((posting) => ({
    ...posting,
    direction: posting.direction === 'debit' ? ('credit' as const) : ('debit' as const),
  }));
  if (sameFact({ postings: sorted(mirrored) }, { postings: sorted(wanted.postings) })) {
    return undefined;
  }
  return refusal('reversal-mismatch', `the postings do not mirror those of ${wanted.reverses}`);
}

function sorted(postings: Posting[]): string[] {
  return postings
    .map(({ accountId, direction, amount, currency }) =>
      [accountId, direction, amount, currency].join(' '),
    )
    .toSorted();
}

function accountsOf(postings: Posting[]): string[] {
  return [...new Set(postings.map(({ accountId }) => accountId))];
}

function refusal(code: RefusalCode, detail: string): Refusal {
  return { code, detail };
}
