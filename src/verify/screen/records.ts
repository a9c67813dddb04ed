/** Records of one kind are spread over this many partitions, by the highest bits of their hash. */
export const PARTITIONS = 64;
const PARTITION_SHIFT = 26;

/** Records of one chunk of a log: those of a partition lie together, in the order of the log. */
export interface Block {
  /** Where each partition begins, in words; and where the last one ends. */
  offsets: Uint32Array;
  words: Uint32Array;
  /** Where the words are instead, when they outgrew the memory. */
  spilled?: { path: string; position: number };
}

/** Collects records of a fixed width, whose first two words are their hash, low and high. */
export class Records {
  readonly width: number;
  words: Uint32Array = new Uint32Array(4096);
  length = 0;

  constructor(width: number) {
    this.width = width;
  }

  /** @returns where to write the next record */
  next(): number {
    const at = this.length;
    this.length += this.width;
    if (this.length > this.words.length) this.words = grown(this.words);
    return at;
  }

  add(low: number, high: number): number {
    const at = this.next();
    this.words[at] = low;
    this.words[at + 1] = high;
    return at;
  }

  /** Hands out what was collected, in memory that threads share, and starts anew. */
  take(): Block {
    const { width, words, length } = this;
    const starts = new Uint32Array(PARTITIONS + 1);
    for (let at = 1; at < length; at += width) {
      const after = ((words[at] as number) >>> PARTITION_SHIFT) + 1;
      starts[after] = (starts[after] as number) + width;
    }
    for (let i = 1; i <= PARTITIONS; i++) {
      starts[i] = (starts[i] as number) + (starts[i - 1] as number);
    }
    const sorted = new Uint32Array(new SharedArrayBuffer(length * 4));
    const fill = starts.slice();
    for (let at = 0; at < length; at += width) {
      const partition = (words[at + 1] as number) >>> PARTITION_SHIFT;
      const to = fill[partition] as number;
      for (let i = 0; i < width; i++) sorted[to + i] = words[at + i] as number;
      fill[partition] = to + width;
    }
    this.length = 0;
    return { offsets: starts, words: sorted };
  }
}

/** Words that follow one another, of any width. */
export class Words {
  words: Uint32Array<ArrayBuffer> = new Uint32Array(4096);
  length = 0;

  /** @returns where to write this many */
  next(count: number): number {
    const at = this.length;
    this.length += count;
    while (this.length > this.words.length) this.words = grown(this.words);
    return at;
  }

  take(): Uint32Array<ArrayBuffer> {
    const taken = this.words.slice(0, this.length);
    this.length = 0;
    return taken;
  }
}

function grown(words: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(words.length * 2);
  larger.set(words);
  return larger;
}
