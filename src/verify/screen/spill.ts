import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FintechError, messageOf } from '../../kernel/errors.ts';
import type { Block } from './records.ts';

/**
 * Keeps records in memory up to a limit; those that come later are written to a 0600 file of a private
 * folder, whole. Disposing deletes it.
 */
export class Spill implements Disposable {
  readonly #limitBytes: number;
  #heldBytes = 0;
  #folder: string | undefined;
  #file: number | undefined;
  #position = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** @returns the block, with its words in memory or in the file */
  keep(block: Block): Block {
    const { words, offsets } = block;
    if (this.#heldBytes + words.byteLength <= this.#limitBytes) {
      this.#heldBytes += words.byteLength;
      return block;
    }
    const position = this.#position;
    const path = this.#write(words);
    return { offsets, words: new Uint32Array(0), spilled: { path, position } };
  }

  [Symbol.dispose](): void {
    if (this.#file !== undefined) closeSync(this.#file);
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
  }

  #write(words: Uint32Array): string {
    try {
      this.#folder ??= mkdtempSync(join(tmpdir(), 'fintech-verify-'));
      const path = join(this.#folder, 'records');
      this.#file ??= openSync(path, 'wx', 0o600);
      const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
      for (let done = 0; done < bytes.length;) {
        done += writeSync(this.#file, bytes, done, bytes.length - done, this.#position + done);
      }
      this.#position += bytes.length;
      return path;
    } catch (error) {
      throw new FintechError(
        'VERIFY_SOURCE',
        `cannot keep what outgrows the memory: ${messageOf(error)}`,
        { hint: 'Free space in the temporary folder, or give more --memory.', cause: error },
      );
    }
  }
}

/** Reads the words of partitions, wherever they are kept. */
export class BlockReader implements Disposable {
  readonly #files = new Map<string, number>();

  wordsOf({ words, offsets, spilled }: Block, partition: number): Uint32Array {
    const [from = 0, to = 0] = offsets.subarray(partition, partition + 2);
    if (spilled === undefined) return words.subarray(from, to);
    const read = new Uint32Array(to - from);
    const bytes = new Uint8Array(read.buffer);
    const start = spilled.position + from * 4;
    for (let done = 0; done < bytes.length;) {
      const more = readSync(this.#fileOf(spilled.path), bytes, {
        offset: done,
        position: start + done,
      });
      if (more === 0) throw new Error('a temporary file of the screen is cut off');
      done += more;
    }
    return read;
  }

  [Symbol.dispose](): void {
    for (const file of this.#files.values()) closeSync(file);
  }

  #fileOf(path: string): number {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    const file = openSync(path, 'r');
    this.#files.set(path, file);
    return file;
  }
}
