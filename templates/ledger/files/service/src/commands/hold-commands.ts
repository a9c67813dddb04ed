import type { Books, Hold } from '../domain/books.ts';
import { expireHold, placeHold, postHold, type PostHold, voidHold } from '../domain/decide-hold.ts';
import type { HoldPlaced } from '../domain/events.ts';
import type { Command } from './command.ts';

export function placeHoldCommand(wanted: HoldPlaced): Command<Books> {
  return {
    subjects: () => [wanted.accountId],
    decide: (books, { nowMs }) => placeHold(books, wanted, nowMs),
    status: 201,
    answer: (books, holdId) => ({ ...knownHold(books, holdId).placed, status: 'pending' }),
  };
}

export function postHoldCommand(wanted: PostHold): Command<Books> {
  return {
    subjects: (books) => [...accountOfHold(books, wanted.holdId), wanted.toAccountId],
    decide: (books, { nowMs, key }) =>
      postHold(books, { ...wanted, ...(key === undefined ? {} : { idempotencyKey: key }) }, nowMs),
    status: 201,
    answer: (books, holdId) => ({ holdId, status: 'posted', ...knownHold(books, holdId).taken }),
  };
}

export function voidHoldCommand(holdId: string): Command<Books> {
  return {
    subjects: (books) => accountOfHold(books, holdId),
    decide: (books) => voidHold(books, holdId),
    status: 200,
    answer: () => ({ holdId, status: 'voided' }),
  };
}

export function expireHoldCommand(holdId: string): Command<Books> {
  return {
    subjects: (books) => accountOfHold(books, holdId),
    decide: (books) => expireHold(books, holdId),
    status: 200,
    answer: () => ({ holdId, status: 'expired' }),
  };
}

function accountOfHold(books: Books, holdId: string): string[] {
  const hold = books.hold(holdId);
  return hold === undefined ? [] : [hold.placed.accountId];
}

function knownHold(books: Books, holdId: string): Hold {
  const hold = books.hold(holdId);
  if (hold === undefined) throw new Error(`hold ${holdId} is not in the books`);
  return hold;
}
