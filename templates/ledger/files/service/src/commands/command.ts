import type { Books } from '../domain/books.ts';
import type { Decision } from '../domain/decision.ts';

/** What a command is handed besides the books. */
export interface Moment {
  nowMs: number;
  /** The hashed idempotency key, where the client sent one. */
  key: string | undefined;
}

/** Something a client wants done: decided by the domain, answered from the books. */
export interface Command {
  /** Accounts it may change. Commands on one account run one after another. */
  accounts(books: Books): string[];
  decide(books: Books, moment: Moment): Decision;
  /** HTTP status once done. */
  status: 200 | 201;
  /**
   * The body once done. Made of what never changes after, so that a replay says the same however
   * much has happened since.
   */
  answer(books: Books, resourceId: string): object;
}
