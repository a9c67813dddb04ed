import { available, hasFloor, spendingSide, withHeld } from './account.ts';
import { type Books, booksAfter, type Hold } from './books.ts';
import { accepted, type Decision, refused, sameFact, taken } from './decision.ts';
import { transactionEvents, unpostable, unusable } from './decide-transaction.ts';
import type { HoldPlaced, LedgerEvent, TransactionPosted } from './events.ts';

export interface PostHold {
  holdId: string;
  transactionId: string;
  /** Where the money goes. */
  toAccountId: string;
  /** All that is held, where absent. */
  amount?: number;
  effectiveAt?: string;
  idempotencyKey?: string;
}

export function placeHold(books: Books, wanted: HoldPlaced, nowMs: number): Decision {
  const { holdId, accountId, amount, currency } = wanted;
  const existing = books.hold(holdId);
  if (existing !== undefined) {
    return taken(holdId, { same: sameFact(existing.placed, wanted), code: 'hold-exists' });
  }
  const account = books.account(accountId);
  if (account === undefined) return refused('account-unknown', `no account ${accountId}`);
  const refusal = unusable(account);
  if (refusal !== undefined) return { outcome: 'refused', refusal };
  if (account.currency !== currency) {
    return refused('currency-mismatch', `${accountId} holds ${account.currency}`);
  }
  if (isPast(wanted, nowMs)) return refused('expiry-passed', 'expiresAt is in the past');
  const after = withHeld(account, amount);
  if (!Number.isSafeInteger(after.held)) {
    return refused('limit-exceeded', `${accountId} would pass the largest exact amount on hold`);
  }
  if (hasFloor(account.kind) && available(after) < 0n) {
    return refused('insufficient-funds', `${accountId} has not enough to reserve`);
  }
  return accepted(holdId, [{ type: 'hold-placed', data: wanted }, entered(wanted)]);
}

/** Spends a hold: it is released and its amount moves, in one step. */
export function postHold(books: Books, wanted: PostHold, nowMs: number): Decision {
  return onPendingHold(books, wanted.holdId, ({ placed }) => {
    const { holdId, transactionId } = wanted;
    if (isPast(placed, nowMs)) return refused('hold-expired', `${holdId} has expired`);
    const amount = wanted.amount ?? placed.amount;
    if (amount > placed.amount) {
      return refused('hold-exceeded', `${holdId} holds less than is asked for`);
    }
    if (books.transaction(transactionId) !== undefined) {
      return refused('transaction-exists', `${transactionId} exists`);
    }
    if (placed.accountId === wanted.toAccountId) {
      return refused('same-account-on-both-sides', `${holdId} would go to its own account`);
    }
    const posted: LedgerEvent = { type: 'hold-posted', data: { holdId, amount, transactionId } };
    const transaction = spending(books, { ...wanted, amount }, placed);
    // Judged with the hold already released, or its amount would count twice.
    const refusal = unpostable(booksAfter(books, [posted]), transaction);
    if (refusal !== undefined) return { outcome: 'refused', refusal };
    return accepted(holdId, [posted, ...transactionEvents(transaction)]);
  });
}

export function voidHold(books: Books, holdId: string): Decision {
  return onPendingHold(books, holdId, ({ placed }) =>
    accepted(holdId, [{ type: 'hold-voided', data: { holdId } }, entered(placed)]),
  );
}

export function expireHold(books: Books, holdId: string): Decision {
  return onPendingHold(books, holdId, ({ placed }) =>
    accepted(holdId, [{ type: 'hold-expired', data: { holdId } }, entered(placed)]),
  );
}

function spending(
  books: Books,
  { holdId, transactionId, toAccountId, amount, ...rest }: PostHold & { amount: number },
  { accountId, currency, paymentId }: HoldPlaced,
): TransactionPosted {
  const from = spendingSide(books.account(accountId)?.kind ?? 'liability');
  const to = from === 'debit' ? 'credit' : 'debit';
  return {
    transactionId,
    postings: [
      { accountId, direction: from, amount, currency },
      { accountId: toAccountId, direction: to, amount, currency },
    ],
    holdId,
    ...(paymentId === undefined ? {} : { paymentId }),
    ...rest,
  };
}

function onPendingHold(books: Books, holdId: string, decide: (hold: Hold) => Decision): Decision {
  const hold = books.hold(holdId);
  if (hold === undefined) return refused('hold-unknown', `no hold ${holdId}`);
  if (hold.status !== 'pending') return refused('hold-resolved', `${holdId} is ${hold.status}`);
  return decide(hold);
}

function isPast({ expiresAt }: HoldPlaced, nowMs: number): boolean {
  return expiresAt !== undefined && Date.parse(expiresAt) <= nowMs;
}

function entered({ accountId, holdId }: HoldPlaced): LedgerEvent {
  return { type: 'account-entered', data: { accountId, holdId } };
}
