import type { Account } from '../domain/account.ts';
import type { Books, Hold, Transaction } from '../domain/books.ts';
import { streams } from '../names.ts';

export type Revision = number | 'none';

/** Books that also know at which revision of its stream each thing was read. */
export interface VersionedBooks extends Books {
  revisionOf(stream: string): Revision;
}

/** Remembers every stream a decision looked at: the append then holds only if none has moved. */
export class Reading implements VersionedBooks {
  readonly revisions: Map<string, Revision> = new Map();
  readonly #books: VersionedBooks;

  constructor(books: VersionedBooks) {
    this.#books = books;
  }

  account(accountId: string): Account | undefined {
    this.#note(streams.account(accountId));
    return this.#books.account(accountId);
  }

  transaction(transactionId: string): Transaction | undefined {
    this.#note(streams.transaction(transactionId));
    return this.#books.transaction(transactionId);
  }

  hold(holdId: string): Hold | undefined {
    this.#note(streams.hold(holdId));
    return this.#books.hold(holdId);
  }

  /** The revision a stream was read at; one that was not looked at is looked at now. */
  revisionOf(stream: string): Revision {
    return this.revisions.get(stream) ?? this.#note(stream);
  }

  #note(stream: string): Revision {
    const revision = this.#books.revisionOf(stream);
    this.revisions.set(stream, revision);
    return revision;
  }
}
