import { setTimeout as sleepTimer } from 'node:timers/promises';

/** The only source of time. Tests hand in a `ManualClock`. */
export interface Clock {
  /** Wall-clock milliseconds since the Unix epoch. */
  now(): number;
  /** Milliseconds that never go back, for durations and leases. */
  monotonicMs(): number;
  /** Resolves after `ms`; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Runs `task` once after `ms` unless disposed first. Never keeps the process alive. */
  after(ms: number, task: () => void): Disposable;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) =>
    sleepTimer(ms, undefined, signal === undefined ? {} : { signal }).catch((error: unknown) => {
      throw signal?.aborted === true ? signal.reason : error;
    }),
  after: (ms, task) => {
    const timer = setTimeout(task, ms).unref();
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};

interface Waiter {
  dueMs: number;
  run: () => void;
}

/** A clock that moves only when told, for tests: both times advance together. */
export class ManualClock implements Clock {
  #elapsedMs = 0;
  readonly #startMs: number;
  readonly #waiters = new Set<Waiter>();

  constructor(start: string | number = '2027-01-01T00:00:00Z') {
    this.#startMs = new Date(start).getTime();
  }

  now(): number {
    return this.#startMs + this.#elapsedMs;
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const timer = this.after(ms, resolve);
      signal?.addEventListener('abort', () => {
        timer[Symbol.dispose]();
        reject(signal.reason as Error);
      });
    });
  }

  after(ms: number, task: () => void): Disposable {
    const waiter: Waiter = { dueMs: this.#elapsedMs + ms, run: task };
    this.#waiters.add(waiter);
    return { [Symbol.dispose]: () => void this.#waiters.delete(waiter) };
  }

  /** Moves time forward and runs what became due, earliest first. */
  advance(ms: number): void {
    const targetMs = this.#elapsedMs + ms;
    for (let next = this.#nextDue(targetMs); next !== undefined; next = this.#nextDue(targetMs)) {
      this.#elapsedMs = next.dueMs;
      this.#waiters.delete(next);
      next.run();
    }
    this.#elapsedMs = targetMs;
  }

  #nextDue(limitMs: number): Waiter | undefined {
    return [...this.#waiters]
      .filter((waiter) => waiter.dueMs <= limitMs)
      .sort((a, b) => a.dueMs - b.dueMs)[0];
  }
}

/** Resolves once a signal is aborted, at once when it is already. */
export function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

const UNITS_MS: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const DURATION = /^[+-]?(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h|d))+$/;
const DURATION_PART = /(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d)/g;

/** Milliseconds of a duration such as `5m`, `90s`, `1h30m`, `-90s`; undefined when it is none. */
export function parseDurationMs(text: string): number | undefined {
  if (!DURATION.test(text)) return undefined;
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(DURATION_PART)) {
    totalMs += Number(amount) * (UNITS_MS[unit ?? ''] ?? 0);
  }
  return text.startsWith('-') ? -totalMs : totalMs;
}

/** RFC 3339 in UTC with milliseconds. */
export function formatInstant(ms: number): string {
  return new Date(ms).toISOString();
}

const RFC3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:[Zz]|[+-]\d{2}:\d{2})$/;
const DATE_ONLY = /^\d{4}-\d{2}-\d{2}$/;

/** Milliseconds since the epoch of an RFC 3339 time (seconds may be left out) or a date in UTC. */
export function parseInstantMs(text: string): number | undefined {
  if (!RFC3339.test(text) && !DATE_ONLY.test(text)) return undefined;
  const ms = Date.parse(text.toUpperCase());
  if (Number.isNaN(ms)) return undefined;
  // Date.parse rolls 30 February over into March; a date that does not survive is none.
  const day = Number(text.slice(8, 10));
  const monthEnd = new Date(
    Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0),
  ).getUTCDate();
  return day > monthEnd ? undefined : ms;
}

const RFC3339_STRICT =
  /^\d{4}-\d{2}-\d{2}[Tt](?:[01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/**
 * Milliseconds since the epoch of an RFC 3339 time to the letter (§5.6): the rule for what other
 * programs wrote. A leap second, which ends a month in UTC, counts as the second behind it.
 */
export function parseRfc3339Ms(text: string): number | undefined {
  const seconds = RFC3339_STRICT.exec(text)?.[1];
  if (seconds === undefined) return undefined;
  if (seconds !== '60') return parseInstantMs(text);
  const beforeMs = parseInstantMs(`${text.slice(0, 17)}59${text.slice(19)}`);
  if (beforeMs === undefined) return undefined;
  const ms = beforeMs + 1000;
  return /-01T00:00:00\.\d+Z$/.test(formatInstant(ms)) ? ms : undefined;
}

/** A short reading of a duration for people: `850 ms`, `1.2 s`, `3 min`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.round(ms / 60_000)} min`;
}
