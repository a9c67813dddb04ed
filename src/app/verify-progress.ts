import type { Clock } from '../kernel/time.ts';
import type { ReadBytes, Source } from '../verify/source/source.ts';

/** A terminal is told no more often. */
const EVERY_MS = 100;
/** Before this share was read, how long the rest takes is a guess. */
const MIN_SHARE = 0.02;

/** How far a run is: events, how fast, and how long the rest takes where the size of all logs is known. */
export class VerifyProgress {
  readonly #clock: Clock;
  /** Undefined where a size is unknown. */
  readonly #files: readonly ReadBytes[] | undefined;
  /** What was read of files that this pass has not opened yet. */
  readonly #before = new Map<ReadBytes, number>();
  readonly #startMs: number;
  /** A log may be read more than once; each time begins at its first event. */
  #passStartMs: number;
  #events = 0;
  #toldMs = -Infinity;

  constructor(clock: Clock, sources: readonly Pick<Source, 'files'>[]) {
    this.#clock = clock;
    const files = sources.map((source) => source.files);
    this.#files = files.includes(undefined) ? undefined : files.flatMap((some) => some ?? []);
    this.#startMs = clock.monotonicMs();
    this.#passStartMs = this.#startMs;
  }

  /** @returns what to tell now, if anything */
  at(events: number): string | undefined {
    const nowMs = this.#clock.monotonicMs();
    if (events < this.#events) this.#startPass(nowMs);
    this.#events = events;
    if (nowMs - this.#toldMs < EVERY_MS) return undefined;
    this.#toldMs = nowMs;
    const elapsedMs = nowMs - this.#passStartMs;
    const share = this.#share();
    const isKnown = share !== undefined && share >= MIN_SHARE && share < 1;
    const left = isKnown ? `, ${inWords((elapsedMs * (1 - share)) / share)} left` : '';
    return `${rate(events, elapsedMs)}${left}`;
  }

  /** What to tell at the end. */
  total(events: number): string {
    return rate(events, this.#clock.monotonicMs() - this.#startMs);
  }

  #startPass(nowMs: number): void {
    this.#passStartMs = nowMs;
    for (const file of this.#files ?? []) this.#before.set(file, file.readBytes);
  }

  #share(): number | undefined {
    let [read, all] = [0, 0];
    for (const file of this.#files ?? []) {
      if (file.readBytes !== this.#before.get(file)) this.#before.delete(file);
      if (!this.#before.has(file)) read += file.readBytes;
      all += file.bytes;
    }
    return all === 0 ? undefined : read / all;
  }
}

function rate(events: number, elapsedMs: number): string {
  return `${events} events, ${Math.round((events * 1000) / Math.max(1, elapsedMs))}/s`;
}

function inWords(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
