/** One line of a byte stream, without its line feed. */
export interface ByteLine {
  bytes: Buffer;
  /** Byte offset of the line's first byte in the whole stream. */
  offset: number;
  /** Counted from 1. */
  number: number;
  /** False for a last line that no line feed ends. */
  terminated: boolean;
}

/** A line longer than the limit. Its bytes were dropped. */
export class LineTooLongError extends Error {
  readonly offset: number;
  readonly lineNumber: number;

  constructor(line: { offset: number; number: number }, limitBytes: number) {
    super(`line ${line.number}, byte ${line.offset}: longer than ${limitBytes} bytes`);
    this.name = 'LineTooLongError';
    this.offset = line.offset;
    this.lineNumber = line.number;
  }
}

/**
 * Splits a byte stream at line feeds.
 * @param maxLineBytes the longest line held in memory
 * @throws LineTooLongError when a line passes it
 */
export async function* splitLines(
  chunks: AsyncIterable<Uint8Array>,
  maxLineBytes: number,
): AsyncGenerator<ByteLine> {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let offset = 0;
  let number = 1;
  const take = (tail: Buffer): Buffer => {
    const bytes = pending.length === 0 ? tail : Buffer.concat([...pending, tail]);
    pending = [];
    pendingBytes = 0;
    return bytes;
  };
  for await (const chunk of chunks) {
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let start = 0;
    for (let end = buffer.indexOf(10); end !== -1; end = buffer.indexOf(10, start)) {
      const bytes = take(buffer.subarray(start, end));
      if (bytes.length > maxLineBytes) throw new LineTooLongError({ offset, number }, maxLineBytes);
      yield { bytes, offset, number, terminated: true };
      offset += bytes.length + 1;
      number++;
      start = end + 1;
    }
    if (start < buffer.length) pending.push(buffer.subarray(start));
    pendingBytes += buffer.length - start;
    if (pendingBytes > maxLineBytes) throw new LineTooLongError({ offset, number }, maxLineBytes);
  }
  if (pendingBytes > 0) yield { bytes: take(Buffer.alloc(0)), offset, number, terminated: false };
}
