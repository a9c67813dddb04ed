import { MAX_LINE_BYTES, type SourcePart } from '../source/source.ts';
import { SLACK } from './tokenizer.ts';

/** Whole lines of one log, as many as fit. */
export interface Chunk {
  /** Lines that a line feed ends, and `SLACK` bytes more. */
  bytes: Uint8Array;
  /** A line passes the limit: the rest of the log is not handed out. */
  tooLong: boolean;
}

/** How many bytes of lines a chunk holds, unless one line alone is longer. */
export const CHUNK_BYTES = 2_097_152;

/** The lines of one part in chunks. A last line without its line feed is given one. */
export async function* chunksOf(part: SourcePart, chunkBytes: number): AsyncGenerator<Chunk> {
  let buffer = Buffer.allocUnsafeSlow(chunkBytes + SLACK);
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
      const next = Buffer.allocUnsafeSlow(Math.max(chunkBytes, (used - end) * 2) + SLACK);
      buffer.copy(next, 0, end, used);
      if (end > 0) yield { bytes: buffer.subarray(0, end + SLACK), tooLong: false };
      buffer = next;
      used -= end;
    }
  }
  if (used === 0) return;
  if (buffer[used - 1] !== 0x0a) buffer[used++] = 0x0a;
  yield { bytes: buffer.subarray(0, used + SLACK), tooLong: false };
}
