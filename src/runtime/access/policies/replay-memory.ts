import { hash } from 'node:crypto';

const MAX_ENTRIES = 100_000;
/** A full memory is looked through for what has expired this often at most. */
const SWEEP_MS = 1_000;

/**
 * Remembers identifiers until they expire, by their SHA-256. When it is full of those that have
 * not, nothing more is let in: forgetting one would let it be used again.
 */
export class ReplayMemory {
  readonly #untilByHash = new Map<string, number>();
  readonly #limit: number;
  #nextSweepMs = -Infinity;

  constructor(limit: number = MAX_ENTRIES) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#untilByHash.size;
  }

  /** @param untilMs the first moment at which it would be refused for its age anyway */
  take(identifier: string, untilMs: number, nowMs: number): 'new' | 'seen' | 'full' {
    const key = hash('sha256', identifier, 'base64');
    const seenUntilMs = this.#untilByHash.get(key);
    if (seenUntilMs !== undefined && nowMs < seenUntilMs) return 'seen';
    if (seenUntilMs === undefined && this.#isFull(nowMs)) return 'full';
    this.#untilByHash.set(key, untilMs);
    return 'new';
  }

  #isFull(nowMs: number): boolean {
    if (this.#untilByHash.size < this.#limit) return false;
    if (nowMs < this.#nextSweepMs) return true;
    this.#nextSweepMs = nowMs + SWEEP_MS;
    for (const [key, untilMs] of this.#untilByHash) {
      if (untilMs <= nowMs) this.#untilByHash.delete(key);
    }
    return this.#untilByHash.size >= this.#limit;
  }
}
