import { MAX_LINE_BYTES, type SourcePart } from '../source/source.ts';
import { SLACK } from './tokenizer.ts';

/** Whole lines of one log, as many as fit. */
export interface Chunk {
  /** Lines that a line feed ends, then `SLACK` bytes; the whole of a buffer begins here. */
  bytes: Uint8Array<ArrayBuffer>;
  /** A line passes the limit: the rest of the part is not handed out. */
  tooLong: boolean;
}

/** How many bytes of lines a chunk holds, unless one line alone is longer. */
export const CHUNK_BYTES = 1_048_576;

/** Buffers that are used again: fresh memory for each chunk would cost more than reading it. */
export class Buffers {
  readonly #free: ArrayBuffer[] = [];

  /** @returns a buffer of at least this many bytes */
  take(bytes: number): Uint8Array<ArrayBuffer> {
    const free = this.#free.pop();
    return new Uint8Array(
      free !== undefined && free.byteLength >= bytes ? free : new ArrayBuffer(bytes),
    );
  }

  give(buffer: ArrayBuffer): void {
    this.#free.push(buffer);
  }
}

/** The lines of one part in chunks. A last line without its line feed is given one. */
export async function* chunksOf(
  part: SourcePart,
  { chunkBytes, buffers }: { chunkBytes: number; buffers: Buffers },
): AsyncGenerator<Chunk> {
  let buffer = buffers.take(chunkBytes + SLACK);
  let used = 0;
  for await (const piece of part.open()) {
    for (let from = 0; from < piece.length;) {
      const room = buffer.length - SLACK - used;
      const taken = piece.subarray(from, from + room);
      buffer.set(taken, used);
      used += taken.length;
      from += taken.length;
      if (used < buffer.length - SLACK) continue;
      const end = buffer.lastIndexOf(0x0a, used - 1) + 1;
      if (end === 0 && used > MAX_LINE_BYTES) return yield { bytes: buffer, tooLong: true };
      const next = buffers.take(Math.max(chunkBytes, (used - end) * 2) + SLACK);
      next.set(buffer.subarray(end, used));
      if (end > 0) yield chunk(buffer, end);
      buffer = next;
      used -= end;
    }
  }
  if (used === 0) return;
  if (buffer[used - 1] !== 0x0a) buffer[used++] = 0x0a;
  yield chunk(buffer, used);
}

function chunk(buffer: Uint8Array<ArrayBuffer>, end: number): Chunk {
  return { bytes: buffer.subarray(0, end + SLACK), tooLong: hasLongLine(buffer, end) };
}

/** A buffer grows for one long line, and may grow past the limit with it. */
function hasLongLine(buffer: Uint8Array, end: number): boolean {
  if (end <= MAX_LINE_BYTES) return false;
  for (let from = 0; from < end;) {
    const feed = buffer.indexOf(0x0a, from);
    if (feed - from > MAX_LINE_BYTES) return true;
    from = feed + 1;
  }
  return false;
}
