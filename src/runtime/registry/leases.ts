import type { Clock } from '../../kernel/time.ts';

/** A silence of our own event loop longer than this is our fault, not that of who should beat. */
const TOLERATED_PAUSE_MS = 2000;
const BEAT_MS = 250;
/** The longest a Node timer can wait; it would fire at once on more. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface LeaseEvents {
  /** The lease ran out; it stays out until started again. */
  expired(id: string): void;
  /** The process stood still; every lease has been granted one fresh term. */
  paused(pauseMs: number): void;
}

interface Lease {
  termMs: number;
  deadlineMs: number;
  timer: Disposable;
}

/** Terms that must be renewed: none ends early, and none because this process stood still. */
export class Leases implements Disposable {
  readonly #clock: Clock;
  readonly #events: LeaseEvents;
  readonly #leases = new Map<string, Lease>();
  #lastBeatMs: number;
  #heart: Disposable;

  constructor(clock: Clock, events: LeaseEvents) {
    this.#clock = clock;
    this.#events = events;
    this.#lastBeatMs = clock.monotonicMs();
    this.#heart = this.#nextBeat();
  }

  /** Starts a term, or starts it anew. */
  start(id: string, termMs: number): void {
    this.stop(id);
    const lease = { termMs, deadlineMs: this.#clock.monotonicMs() + termMs };
    this.#leases.set(id, { ...lease, timer: this.#timer(id, termMs) });
  }

  stop(id: string): void {
    this.#leases.get(id)?.timer[Symbol.dispose]();
    this.#leases.delete(id);
  }

  [Symbol.dispose](): void {
    this.#heart[Symbol.dispose]();
    for (const { timer } of this.#leases.values()) timer[Symbol.dispose]();
    this.#leases.clear();
  }

  #timer(id: string, ms: number): Disposable {
    return this.#clock.after(Math.min(Math.ceil(ms), LONGEST_TIMER_MS), () => this.#due(id));
  }

  #due(id: string): void {
    this.#beat();
    const lease = this.#leases.get(id);
    if (lease === undefined) return;
    const leftMs = lease.deadlineMs - this.#clock.monotonicMs();
    if (leftMs > 0) {
      lease.timer = this.#timer(id, leftMs);
    } else {
      this.#leases.delete(id);
      this.#events.expired(id);
    }
  }

  #nextBeat(): Disposable {
    return this.#clock.after(BEAT_MS, () => {
      this.#beat();
      this.#heart = this.#nextBeat();
    });
  }

  /** Notices a pause before any lease can end by it, whichever timer fires first after it. */
  #beat(): void {
    const nowMs = this.#clock.monotonicMs();
    const pauseMs = nowMs - this.#lastBeatMs - BEAT_MS;
    this.#lastBeatMs = nowMs;
    if (pauseMs <= TOLERATED_PAUSE_MS) return;
    for (const lease of this.#leases.values()) lease.deadlineMs = nowMs + lease.termMs;
    this.#events.paused(pauseMs);
  }
}
