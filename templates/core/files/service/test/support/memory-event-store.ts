import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  Appended,
  AppendRequest,
  Batch,
  EventStore,
  Expected,
  StoredEvent,
} from '../../src/platform/event-store.ts';
import { WORKSPACE } from '../../src/names.ts';
import { Unavailable } from '../../src/unavailable.ts';

/** An event store with its rules and its log, without a network. */
export class MemoryEventStore implements EventStore {
  readonly events: (StoredEvent & { data: unknown })[] = [];
  log: string = randomUUID();
  /** While true, it does not answer. */
  away = false;
  /** How long an append takes to reach it. */
  appendMs = 0;
  #arrived = Promise.withResolvers<void>();

  async append({ writes, conditions }: AppendRequest, deadline: AbortSignal): Promise<Appended> {
    await sleep(this.appendMs);
    this.#answer(deadline);
    const isAt = ({ stream, expected }: { stream: string; expected: Expected }) =>
      this.#revision(stream) === expected;
    const before = this.events.length;
    // A later write sees the earlier ones, so a stream that comes twice must expect them.
    const met = [...conditions.map((one) => ({ ...one, events: [] })), ...writes].every((write) => {
      if (!isAt(write)) return false;
      for (const event of write.events) this.record(write.stream, event);
      return true;
    });
    if (met) return { ok: true, position: this.events.length };
    this.events.length = before;
    return { ok: false };
  }

  /** Puts an event straight into the log, as somebody else would. */
  record(stream: string, event: { id?: string; type: string; data: unknown }): void {
    const revision = this.#revision(stream);
    this.events.push({
      id: randomUUID(),
      ...structuredClone(event),
      subject: stream,
      streamrevision: revision === 'none' ? 0 : revision + 1,
      globalposition: String(this.events.length + 1),
      recordedtime: new Date().toISOString(),
    });
    this.#arrived.resolve();
    this.#arrived = Promise.withResolvers();
  }

  async head(signal: AbortSignal): Promise<{ log: string; position: number }> {
    this.#answer(signal);
    return { log: this.log, position: this.events.length };
  }

  async revisionOf(stream: string, signal: AbortSignal): Promise<Expected> {
    this.#answer(signal);
    return this.#revision(stream);
  }

  async *follow(after: number, signal: AbortSignal): AsyncGenerator<Batch> {
    const { promise: aborted, resolve } = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => resolve(), { once: true });
    for (let position = after; !signal.aborted;) {
      const events = this.events.slice(position);
      position += events.length;
      const next = this.#arrived.promise;
      yield { events, caughtUp: true };
      await Promise.race([next, aborted]);
    }
  }

  /** Types in the order of the log, without what stands around them. */
  get types(): string[] {
    return this.events.map(({ type }) => type.replace(`${WORKSPACE}.`, '').replace('.v1', ''));
  }

  #answer(signal: AbortSignal): void {
    if (this.away || signal.aborted) {
      throw new Unavailable('store-unavailable', 'the event store did not answer in time');
    }
  }

  #revision(stream: string): Expected {
    const found = this.events.findLast(({ subject }) => subject === stream);
    return found?.streamrevision ?? 'none';
  }
}
