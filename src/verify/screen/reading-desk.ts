import type { ChunkOutcome, ChunkSettings } from './chunk.ts';
import { ChunkScreens, type Streams } from './chunk-screens.ts';
import type { Buffers } from './chunks.ts';
import { ThreadPool } from './thread-pool.ts';

interface DeskOptions {
  settings: ChunkSettings;
  /** Threads that share the work, this one among them. */
  workers: number;
  /** Bytes that are read on this thread before others are started. */
  aloneBytes: number;
  buffers: Buffers;
  /** Takes outcomes, in the order of their chunks. */
  take: (outcome: ChunkOutcome) => void;
}

/** Has chunks read, here or on threads, and hands out what they say in the order of the log. */
export class ReadingDesk implements AsyncDisposable {
  readonly #options: DeskOptions;
  readonly #here: ChunkScreens;
  readonly #pending: Promise<ChunkOutcome>[] = [];
  #pool: ThreadPool | undefined;
  #bytes = 0;

  constructor(options: DeskOptions) {
    this.#options = options;
    this.#here = new ChunkScreens(options.settings);
  }

  /** Has a chunk read, by whoever has time for it. Waits while enough are on their way. */
  async read(log: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const { buffers, workers, aloneBytes, settings } = this.#options;
    this.#bytes += bytes.length;
    if (workers > 1 && this.#bytes > aloneBytes) {
      // This thread is one of them.
      this.#pool ??= new ThreadPool(workers - 1, settings);
    }
    if (this.#pool?.hasTime === true) {
      const { buffer, length } = bytes;
      const answer = this.#pool.read({ kind: 'read', log, buffer, length });
      this.#pending.push(
        answer.then((read) => {
          buffers.give(read.buffer);
          return read.outcome;
        }),
      );
    } else {
      this.#pending.push(Promise.resolve(this.#here.read(log, bytes)));
      buffers.give(bytes.buffer);
    }
    while (this.#pending.length > 4 * workers) await this.#takeNext();
  }

  /** Waits for all that is on its way. */
  async flush(): Promise<void> {
    while (this.#pending.length > 0) await this.#takeNext();
  }

  /** @returns bits of what is suspect in the records of all chunks */
  judge(streams: Streams): Promise<number> | number {
    const of = 1 + (this.#pool?.size ?? 0);
    const elsewhere = this.#pool?.judge(streams, of);
    const here = this.#here.judge(streams, { first: 0, of });
    return elsewhere === undefined ? here : elsewhere.then((bits) => bits | here);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool?.[Symbol.asyncDispose]();
    await Promise.allSettled(this.#pending);
  }

  async #takeNext(): Promise<void> {
    const outcome = await this.#pending.shift();
    if (outcome !== undefined) this.#options.take(outcome);
  }
}
