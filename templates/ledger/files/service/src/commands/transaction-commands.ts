import type { Books } from '../domain/books.ts';
import { postTransaction } from '../domain/decide-transaction.ts';
import type { TransactionPosted } from '../domain/events.ts';
import type { Command } from './command.ts';

export function postTransactionCommand(wanted: TransactionPosted): Command<Books> {
  return {
    subjects: () => [...new Set(wanted.postings.map(({ accountId }) => accountId))],
    decide: (books, { key }) =>
      postTransaction(books, { ...wanted, ...(key === undefined ? {} : { idempotencyKey: key }) }),
    status: 201,
    answer: transactionAnswer,
  };
}

export function transactionAnswer(books: Books, transactionId: string): object {
  const transaction = books.transaction(transactionId);
  if (transaction === undefined) {
    throw new Error(`transaction ${transactionId} is not in the books`);
  }
  const { idempotencyKey: _, ...posted } = transaction.posted;
  return posted;
}
