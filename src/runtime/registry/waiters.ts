import type { Clock } from '../../kernel/time.ts';
import { Refusal } from './refusal.ts';
import type { Topic } from './topics.ts';

interface Waiter {
  afterIndex: number;
  /** Ends the wait once: frees its timer, its listener and its place. */
  end(): void;
}

/** The blocked queries, by topic: a change costs only those that wait for it. */
export class Waiters {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #byTopic = new Map<Topic, Set<Waiter>>();
  #count = 0;
  #closed = false;

  constructor(clock: Clock, limit: number) {
    this.#clock = clock;
    this.#limit = limit;
  }

  get count(): number {
    return this.#count;
  }

  /**
   * Resolves when the topic passes the index, the time is over, the signal aborts or all are
   * released; the caller reads afterwards what is true then.
   * @throws Refusal 429 when too many wait
   */
  async wait(
    topic: Topic,
    afterIndex: number,
    options: { ms: number; signal: AbortSignal },
  ): Promise<void> {
    if (this.#closed || options.signal.aborted) return;
    if (this.#count >= this.#limit) {
      throw new Refusal(429, `This registry holds at most ${this.#limit} blocked queries`);
    }
    await new Promise<void>((resolve) => {
      const place = this.#enter(topic, { afterIndex, end });
      const timer = this.#clock.after(options.ms, end);
      options.signal.addEventListener('abort', end, { once: true });
      function end(): void {
        place[Symbol.dispose]();
        timer[Symbol.dispose]();
        options.signal.removeEventListener('abort', end);
        resolve();
      }
    });
  }

  wake(topic: Topic, index: number): void {
    for (const waiter of this.#byTopic.get(topic) ?? []) {
      if (waiter.afterIndex < index) waiter.end();
    }
  }

  /** Ends every wait, now and later. */
  releaseAll(): void {
    this.#closed = true;
    for (const waiters of this.#byTopic.values()) for (const waiter of waiters) waiter.end();
  }

  #enter(topic: Topic, waiter: Waiter): Disposable {
    const waiters = this.#byTopic.get(topic) ?? new Set<Waiter>();
    this.#byTopic.set(topic, waiters.add(waiter));
    this.#count++;
    return {
      [Symbol.dispose]: () => {
        if (!waiters.delete(waiter)) return;
        this.#count--;
        if (waiters.size === 0) this.#byTopic.delete(topic);
      },
    };
  }
}
