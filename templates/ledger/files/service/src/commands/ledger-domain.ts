import { type Books, booksAfter } from '../domain/books.ts';
import { streams } from '../names.ts';
import type { Domain } from './command-handler.ts';

/** The ledger, as the command handler needs it. */
export function ledgerDomain(books: Books): Domain<Books> {
  return { view: books, watched: watchedBooks, after: booksAfter };
}

function watchedBooks(books: Books, note: (stream: string) => void): Books {
  return {
    account(accountId) {
      note(streams.account(accountId));
      return books.account(accountId);
    },
    transaction(transactionId) {
      note(streams.transaction(transactionId));
      return books.transaction(transactionId);
    },
    hold(holdId) {
      note(streams.hold(holdId));
      return books.hold(holdId);
    },
  };
}
