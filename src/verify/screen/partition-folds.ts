import { HashTable } from './hash-table.ts';
import { amountOf } from './movements.ts';

/** Records of one partition, chunk by chunk, in the order of the log. */
export type Partition = readonly Uint32Array[];

/** Whether no two records have one hash. */
export class UniqueFold {
  readonly #table = new HashTable();

  isClean(partition: Partition): boolean {
    this.#table.clear(wordsIn(partition) / 2);
    let records = 0;
    for (const words of partition) {
      for (let at = 0; at < words.length; at += 2, records++) {
        this.#table.add(words[at] as number, words[at + 1] as number);
      }
    }
    return this.#table.size === records;
  }
}

/** Whether the revisions of every stream run 0, 1, 2 … in the order of the log. */
export class RevisionFold {
  readonly #table = new HashTable();
  #next = new Float64Array(1024);

  isClean(partition: Partition): boolean {
    const streams = wordsIn(partition) / 3;
    this.#table.clear(streams);
    if (streams > this.#next.length) this.#next = new Float64Array(streams);
    this.#next.fill(0);
    for (const words of partition) {
      for (let at = 0; at < words.length; at += 3) {
        const place = this.#table.add(words[at] as number, words[at + 1] as number);
        if (this.#next[place] !== words[at + 2]) return false;
        this.#next[place] = (words[at + 2] as number) + 1;
      }
    }
    return true;
  }
}

/** Whether no payment is captured once more when all that was authorised is captured. */
export class CaptureFold {
  readonly #table = new HashTable();

  isClean(partition: Partition): boolean {
    const payments = wordsIn(partition) / 5;
    this.#table.clear(payments);
    const authorised = new Float64Array(payments);
    const captured = new Float64Array(payments);
    for (const words of partition) {
      for (let at = 0; at < words.length; at += 5) {
        const place = this.#table.add(words[at] as number, words[at + 1] as number);
        const amount = amountOf(words[at + 3] as number, words[at + 4] as number);
        const before = captured[place] as number;
        const limit = authorised[place] as number;
        const sums = words[at + 2] === 0 ? authorised : captured;
        if (sums === captured && limit > 0 && before >= limit) return false;
        const sum = (sums[place] as number) + amount;
        if (sum > Number.MAX_SAFE_INTEGER) return false;
        sums[place] = sum;
      }
    }
    return true;
  }
}

function wordsIn(partition: Partition): number {
  return partition.reduce((sum, words) => sum + words.length, 0);
}
