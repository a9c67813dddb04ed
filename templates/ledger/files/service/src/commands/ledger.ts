import { randomUUID } from 'node:crypto';
import { booksAfter } from '../domain/books.ts';
import type { Decision, Refusal, RefusalCode } from '../domain/decision.ts';
import type { EventStore } from '../platform/event-store.ts';
import { Unavailable } from '../unavailable.ts';
import { AccountQueue } from './account-queue.ts';
import type { Command } from './command.ts';
import { appendRequest, type CommandCompleted, type Origin } from './draft.ts';
import { Reading, type VersionedBooks } from './reading.ts';

/** The read model, as far as commands need it. */
export interface LedgerModel extends VersionedBooks {
  /** The recorded outcome of a command, by its hashed key. */
  command(key: string): CommandCompleted | undefined;
  /** Resolves to whether the position was reached before the signal was aborted. */
  reached(position: number, signal: AbortSignal): Promise<boolean>;
}

/** One call of a client. */
export interface Call {
  origin: Origin;
  idempotency: { key: string; fingerprint: string } | undefined;
}

export type Result =
  | { kind: 'done'; status: number; resourceId: string; answer: object; replayed: boolean }
  | { kind: 'refused'; status: number; refusal: Refusal; replayed: boolean }
  | { kind: 'key-reused' };

export interface LedgerOptions {
  store: EventStore;
  model: LedgerModel;
  /** HTTP status of a refusal; recorded with the command. */
  statusOf: (code: RefusalCode) => number;
  now?: () => Date;
  /** How long one command may take to be decided, queue included. */
  decideWithinMs?: number;
  maxWaiting?: number;
}

/** How long a command holds its accounts until this instance sees what it wrote. */
const OWN_WRITE_MS = 1000;

/**
 * Decides commands. Nothing is locked: a decision is made on what the read model shows and
 * appended on condition that no stream it looked at has moved. If one has, it is read and
 * decided again, until decided or the time is up.
 */
export class Ledger {
  readonly #options: Required<Omit<LedgerOptions, 'maxWaiting'>>;
  readonly #queue: AccountQueue;
  #lastWritten = 0;

  constructor(options: LedgerOptions) {
    this.#options = { now: () => new Date(), decideWithinMs: 5000, ...options };
    this.#queue = new AccountQueue(options.maxWaiting ?? 2000);
  }

  /** Position of the last event this instance wrote. */
  get lastWritten(): number {
    return this.#lastWritten;
  }

  /** @throws Unavailable when it was not decided in time or the event store is away */
  execute(command: Command, call: Call): Promise<Result> {
    const deadline = AbortSignal.timeout(this.#options.decideWithinMs);
    const accounts = command.accounts(this.#options.model);
    return this.#queue.run(accounts, deadline, async () => {
      for (;;) {
        const result =
          this.#earlier(command, call) ?? (await this.#attempt(command, call, deadline));
        if (result !== undefined) return result;
        await this.#catchUp(deadline);
      }
    });
  }

  /** The outcome of an earlier command with the same key. */
  #earlier(command: Command, { idempotency }: Call): Result | undefined {
    if (idempotency === undefined) return undefined;
    const { model } = this.#options;
    const completed = model.command(idempotency.key);
    if (completed === undefined) return undefined;
    if (completed.fingerprint !== idempotency.fingerprint) return { kind: 'key-reused' };
    const { status, resourceId, problem } = completed;
    if (problem !== undefined) {
      const refusal = { code: problem.code as RefusalCode, detail: problem.detail };
      return { kind: 'refused', status, refusal, replayed: true };
    }
    const answer = command.answer(model, resourceId);
    return { kind: 'done', status, resourceId, answer, replayed: true };
  }

  /** Decides once. Undefined means that something moved meanwhile. */
  async #attempt(command: Command, call: Call, deadline: AbortSignal): Promise<Result | undefined> {
    const { model, now } = this.#options;
    const reading = new Reading(model);
    const key = call.idempotency?.key;
    const decision = command.decide(reading, { nowMs: now().getTime(), key });
    const result = this.#resultOf(command, decision);
    const written = await this.#record({ decision, result, call, reading }, deadline);
    return written ? result : undefined;
  }

  #resultOf(command: Command, decision: Decision): Result {
    if (decision.outcome === 'refused') {
      const { refusal } = decision;
      const status = this.#options.statusOf(refusal.code);
      return { kind: 'refused', status, refusal, replayed: false };
    }
    const { resourceId, outcome } = decision;
    const events = outcome === 'accepted' ? decision.events : [];
    const { model } = this.#options;
    // Answered from the plain model: what an answer looks at is no ground of the decision.
    const answer = command.answer(
      events.length > 0 ? booksAfter(model, events) : model,
      resourceId,
    );
    const status = outcome === 'accepted' ? command.status : 200;
    return { kind: 'done', status, resourceId, answer, replayed: false };
  }

  /** Makes a decision last, or finds that its ground has moved. */
  async #record(
    made: { decision: Decision; result: Result; call: Call; reading: Reading },
    deadline: AbortSignal,
  ): Promise<boolean> {
    const { decision, result, call, reading } = made;
    const commandId = randomUUID();
    const completed = completedBy(commandId, result, call);
    const events = decision.outcome === 'accepted' ? decision.events : [];
    if (events.length === 0 && completed === undefined) return this.#unmoved(reading, deadline);
    const { store, model, now } = this.#options;
    const request = appendRequest({
      events,
      completed,
      commandId,
      reading,
      origin: call.origin,
      now: now(),
      newId: randomUUID,
    });
    const appended = await store.append(request, deadline);
    if (!appended.ok) return false;
    this.#lastWritten = Math.max(this.#lastWritten, appended.position);
    // So that the next command on these accounts need not be told by a conflict.
    if (events.length > 0) {
      await model.reached(appended.position, AbortSignal.timeout(OWN_WRITE_MS));
    }
    return true;
  }

  /** For a refusal that is not recorded: whether what it stands on is still the last word. */
  async #unmoved({ revisions }: Reading, deadline: AbortSignal): Promise<boolean> {
    const { store } = this.#options;
    const heads = await Promise.all(
      [...revisions].map(async ([stream, revision]) => {
        return (await store.revisionOf(stream, deadline)) === revision;
      }),
    );
    return heads.every(Boolean);
  }

  async #catchUp(deadline: AbortSignal): Promise<void> {
    const { store, model } = this.#options;
    const { position } = await store.head(deadline);
    if (await model.reached(position, deadline)) return;
    throw new Unavailable('contention', 'not decided in time');
  }
}

/** What is recorded of a command with a key. What is unknown today may exist tomorrow: not that. */
function completedBy(commandId: string, result: Result, call: Call): CommandCompleted | undefined {
  if (call.idempotency === undefined || result.kind === 'key-reused') return undefined;
  const about = { commandId, ...call.idempotency, status: result.status };
  if (result.kind === 'done') return { ...about, resourceId: result.resourceId };
  if (result.status === 404) return undefined;
  return { ...about, resourceId: '', problem: result.refusal };
}
