import { randomUUID } from 'node:crypto';
import type { Decision, Refusal } from '../domain/decision.ts';
import type { DomainEvent } from '../domain/events.ts';
import type { RefusalCode } from '../domain/refusals.ts';
import type { EventStore } from '../platform/event-store.ts';
import { Unavailable } from '../unavailable.ts';
import type { Command } from './command.ts';
import { CommandQueue } from './command-queue.ts';
import { appendRequest, type CommandCompleted, type Origin } from './draft.ts';
import { Reading, type Revision } from './reading.ts';
import { REFUSAL_STATUS } from './refusal-status.ts';

/** The log as it was followed so far. */
export interface FollowedLog {
  /** The recorded outcome of a command, by its hashed key. */
  command(key: string): CommandCompleted | undefined;
  revisionOf(stream: string): Revision;
  /** Resolves to whether the position was reached before the signal was aborted. */
  reached(position: number, signal: AbortSignal): Promise<boolean>;
}

/** What decisions of this service look at, and how it changes. */
export interface Domain<View> {
  view: View;
  /** The same, telling the stream of each thing that is looked at. */
  watched(view: View, note: (stream: string) => void): View;
  /** The view as it stands once these events happened; the given one stays as it is. */
  after(view: View, events: readonly DomainEvent[]): View;
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

export interface CommandHandlerOptions<View> {
  store: EventStore;
  log: FollowedLog;
  domain: Domain<View>;
  now?: (() => Date) | undefined;
  /** How long one command may take to be decided, queue included. */
  decideWithinMs?: number | undefined;
  maxWaiting?: number;
}

/** How long is waited until this instance sees what it wrote. */
const OWN_WRITES_MS = 1000;
const DECIDE_WITHIN_MS = 5000;

/**
 * Decides commands. Nothing is locked: a decision is made on what the read model shows and
 * appended on condition that no stream it looked at has moved. If one has, it is read and
 * decided again, until decided or the time is up.
 */
export class CommandHandler<View> {
  readonly #options: CommandHandlerOptions<View>;
  readonly #now: () => Date;
  readonly #queue: CommandQueue;
  #lastWritten = 0;

  constructor(options: CommandHandlerOptions<View>) {
    this.#options = options;
    this.#now = options.now ?? (() => new Date());
    this.#queue = new CommandQueue(options.maxWaiting ?? 2000);
  }

  /** Waits until what this instance wrote last can be seen; not for long, then goes on. */
  async ownWrites(): Promise<void> {
    await this.#options.log.reached(this.#lastWritten, AbortSignal.timeout(OWN_WRITES_MS));
  }

  /** @throws Unavailable when it was not decided in time or the event store is away */
  execute(command: Command<View>, call: Call): Promise<Result> {
    const { domain, decideWithinMs = DECIDE_WITHIN_MS } = this.#options;
    const deadline = AbortSignal.timeout(decideWithinMs);
    return this.#queue.run(command.subjects(domain.view), deadline, async () => {
      for (;;) {
        const result =
          this.#earlier(command, call) ?? (await this.#attempt(command, call, deadline));
        if (result !== undefined) return result;
        await this.#catchUp(deadline);
      }
    });
  }

  /** The outcome of an earlier command with the same key. */
  #earlier(command: Command<View>, { idempotency }: Call): Result | undefined {
    if (idempotency === undefined) return undefined;
    const { log, domain } = this.#options;
    const completed = log.command(idempotency.key);
    if (completed === undefined) return undefined;
    if (completed.fingerprint !== idempotency.fingerprint) return { kind: 'key-reused' };
    const { status, resourceId, problem } = completed;
    if (problem !== undefined) {
      const refusal = { code: problem.code as RefusalCode, detail: problem.detail };
      return { kind: 'refused', status, refusal, replayed: true };
    }
    const answer = command.answer(domain.view, resourceId);
    return { kind: 'done', status, resourceId, answer, replayed: true };
  }

  /** Decides once. Undefined means that something moved meanwhile. */
  async #attempt(
    command: Command<View>,
    call: Call,
    deadline: AbortSignal,
  ): Promise<Result | undefined> {
    const { log, domain } = this.#options;
    const reading = new Reading(log);
    const watched = domain.watched(domain.view, (stream) => reading.note(stream));
    const key = call.idempotency?.key;
    const decision = command.decide(watched, { nowMs: this.#now().getTime(), key });
    const result = this.#resultOf(command, decision);
    const written = await this.#record({ decision, result, call, reading }, deadline);
    return written ? result : undefined;
  }

  #resultOf(command: Command<View>, decision: Decision): Result {
    if (decision.outcome === 'refused') {
      const { refusal } = decision;
      const status = REFUSAL_STATUS[refusal.code];
      return { kind: 'refused', status, refusal, replayed: false };
    }
    const { resourceId, outcome } = decision;
    const events = outcome === 'accepted' ? decision.events : [];
    const { domain } = this.#options;
    const { view } = domain;
    // Answered from the plain view: what an answer looks at is no ground of the decision.
    const after = events.length > 0 ? domain.after(view, events) : view;
    const answer = command.answer(after, resourceId);
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
    const { store, log } = this.#options;
    const request = appendRequest({
      events,
      completed,
      commandId,
      reading,
      origin: call.origin,
      now: this.#now(),
      newId: randomUUID,
    });
    const appended = await store.append(request, deadline);
    if (!appended.ok) return false;
    this.#lastWritten = Math.max(this.#lastWritten, appended.position);
    // So that the next command on the same subjects need not be told by a conflict.
    if (events.length > 0) {
      await log.reached(appended.position, AbortSignal.timeout(OWN_WRITES_MS));
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
    const { store, log } = this.#options;
    const { position } = await store.head(deadline);
    if (await log.reached(position, deadline)) return;
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
