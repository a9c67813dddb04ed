import type { Decision } from '../domain/decision.ts';

/** What a command is handed besides what it looks at. */
export interface Moment {
  nowMs: number;
  /** The hashed idempotency key, where the client sent one. */
  key: string | undefined;
}

/** Something a client wants done: decided by the domain, answered from what it has become. */
export interface Command<View> {
  /** Ids of what it may change. Commands on the same one run one after another. */
  subjects(view: View): string[];
  decide(view: View, moment: Moment): Decision;
  /** HTTP status once done. */
  status: 200 | 201;
  /**
   * The body once done. Made of what never changes after, so that a replay says the same however
   * much has happened since.
   */
  answer(view: View, resourceId: string): object;
}
