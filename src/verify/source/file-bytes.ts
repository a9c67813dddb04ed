import { createReadStream } from 'node:fs';
import { FintechError, messageOf } from '../../kernel/errors.ts';
import type { ReadBytes } from './source.ts';

const CHUNK_BYTES = 1_048_576;

/** A file as much as there was of it at first: a log may grow, and every pass must read the same. */
export class FileBytes implements ReadBytes {
  readonly #path: string;
  readonly #name: string;
  /** Its size; 0 also for what the system makes up as it is read: a pipe, a file in /proc. */
  readonly bytes: number;
  /** Since it was last opened. */
  readBytes = 0;

  constructor(path: string, { name, bytes }: { name: string; bytes: number }) {
    this.#path = path;
    this.#name = name;
    this.bytes = bytes;
  }

  /** @throws FintechError VERIFY_SOURCE where it cannot be read, or has become shorter */
  async *open(): AsyncGenerator<Uint8Array> {
    this.readBytes = 0;
    const end = this.bytes === 0 ? Infinity : this.bytes - 1;
    try {
      const chunks = createReadStream(this.#path, { highWaterMark: CHUNK_BYTES, end });
      for await (const chunk of chunks as AsyncIterable<Buffer>) {
        this.readBytes += chunk.length;
        yield chunk;
      }
    } catch (error) {
      throw unreadable(this.#name, error);
    }
    if (this.readBytes >= this.bytes) return;
    throw new FintechError('VERIFY_SOURCE', `${this.#name} became shorter while it was read`, {
      hint: 'Verify a copy of it.',
      details: { source: this.#name },
    });
  }
}

export function unreadable(name: string, error: unknown): FintechError {
  return new FintechError('VERIFY_SOURCE', `cannot read ${name}: ${messageOf(error)}`, {
    hint: 'Check the path and its permissions.',
    details: { source: name },
    cause: error,
  });
}
