import { createHash } from 'node:crypto';
import { deserialize, serialize } from 'node:v8';
import { UserCodeError } from '../user/user-projection.ts';
import type { Readable } from '../user/user-facts.ts';
import type { Projection } from './projection.ts';
import { valueText } from './same-value.ts';

/** Facts that one fold takes at once. */
const BATCH = 7;
/** Facts until another is stopped and started again; later ones run longer, since states grow. */
const FEWEST_BETWEEN_RESTARTS = 5;
const SHARE_BETWEEN_RESTARTS = 1 / 8;

type FoldName = 'first run' | 'second run' | 'in batches' | 'restarted';

/**
 * One projection folded four ways at once: twice alike, in batches, and stopped and started again
 * from its saved state. All four must come to the same.
 */
export class FourFolds {
  readonly #projection: Projection;
  readonly #folds: Map<FoldName, unknown>;
  #batch: Readable[] = [];
  #count = 0;
  #restartAt = FEWEST_BETWEEN_RESTARTS;
  /** Entries that digests were made of so far. */
  looks = 0;

  constructor(projection: Projection) {
    this.#projection = projection;
    const names: FoldName[] = ['first run', 'second run', 'in batches', 'restarted'];
    this.#folds = new Map(names.map((name) => [name, projection.initial()]));
  }

  take(fact: Readable): void {
    this.#count++;
    this.#step('first run', fact);
    this.#step('second run', fact);
    this.#batch.push(fact);
    if (this.#batch.length === BATCH) this.#endBatch();
    if (this.#count >= this.#restartAt) this.#restart();
    this.#step('restarted', fact);
  }

  /** The digest each came to; the batch that is open is ended for it. */
  digests(): Map<FoldName, string> {
    this.#endBatch();
    return new Map([...this.#folds].map(([name, state]) => [name, this.#digest(state)]));
  }

  #endBatch(): void {
    for (const fact of this.#batch) this.#step('in batches', fact);
    this.#batch = [];
  }

  #step(name: FoldName, fact: Readable): void {
    this.#folds.set(name, this.#projection.step(this.#folds.get(name), fact));
  }

  /** As a service that keeps its state on disk. */
  #restart(): void {
    const between = Math.floor(this.#count * SHARE_BETWEEN_RESTARTS);
    this.#restartAt = this.#count + Math.max(FEWEST_BETWEEN_RESTARTS, between);
    try {
      this.#folds.set('restarted', deserialize(serialize(this.#folds.get('restarted'))));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new UserCodeError(`its state cannot be saved: ${why}`);
    }
  }

  #digest(state: unknown): string {
    const lines = [...this.#projection.entries(state)].map(
      ([key, value]) => `${JSON.stringify(key)}:${valueText(value)}\n`,
    );
    this.looks += lines.length;
    return createHash('sha256').update(lines.sort().join('')).digest('hex');
  }
}

/** The folds that came to another digest than the first one did. */
export function disagreeing(digests: ReadonlyMap<FoldName, string>): FoldName[] {
  const first = digests.get('first run');
  return [...digests].filter(([, digest]) => digest !== first).map(([name]) => name);
}
