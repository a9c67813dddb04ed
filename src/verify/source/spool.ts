import { createReadStream } from 'node:fs';
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { FintechError, messageOf } from '../../kernel/errors.ts';

/** Bytes that come once, made readable again. */
export interface Spool extends AsyncDisposable {
  open(): AsyncIterable<Uint8Array>;
}

/**
 * Bytes are handed through as they come, and a copy is kept in a 0600 file of a private folder. A
 * later pass reads the copy, then what an earlier one left unread. Disposing deletes it.
 */
export function spooled(bytes: AsyncIterable<Uint8Array>): Spool {
  const copy = new GrowingCopy(bytes);
  return { open: () => copy.read(), [Symbol.asyncDispose]: () => copy[Symbol.asyncDispose]() };
}

class GrowingCopy implements AsyncDisposable {
  readonly #source: AsyncIterator<Uint8Array>;
  #copy: { path: string; file: FileHandle } | undefined;
  #bytes = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async *read(): AsyncGenerator<Uint8Array> {
    for (let offset = 0; ;) {
      while (this.#copy !== undefined && offset < this.#bytes) {
        const kept = { start: offset, end: this.#bytes - 1 };
        for await (const chunk of createReadStream(
          this.#copy.path,
          kept,
        ) as AsyncIterable<Buffer>) {
          offset += chunk.length;
          yield chunk;
        }
      }
      const next = await this.#source.next();
      if (next.done === true) return;
      await this.#keep(next.value);
      offset += next.value.length;
      yield next.value;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // It may wait for bytes that never come.
    this.#source.return?.().catch(() => {});
    if (this.#copy === undefined) return;
    const { file, path } = this.#copy;
    await file.close();
    await rm(dirname(path), { recursive: true, force: true });
  }

  async #keep(chunk: Uint8Array): Promise<void> {
    try {
      this.#copy ??= await newFile();
      await this.#copy.file.appendFile(chunk);
      this.#bytes += chunk.length;
    } catch (error) {
      throw new FintechError(
        'VERIFY_SOURCE',
        `cannot keep a copy of the input: ${messageOf(error)}`,
        {
          hint: 'Free space in the temporary folder, or verify a file instead of a pipe.',
          cause: error,
        },
      );
    }
  }
}

async function newFile(): Promise<{ path: string; file: FileHandle }> {
  const path = join(await mkdtemp(join(tmpdir(), 'fintech-verify-')), 'spool');
  return { path, file: await open(path, 'wx', 0o600) };
}
