/** One line of a byte stream, without its line feed. */
export interface ByteLine {
  /** Empty when the line was too long. */
  bytes: Buffer;
  /** Byte offset of the line's first byte in the whole stream. */
  offset: number;
  /** Counted from 1. */
  number: number;
  /** False for a last line that no line feed ends, and for one that was cut for its length. */
  terminated: boolean;
  /** The line passed the limit; its bytes were dropped. Handed out as soon as it is known. */
  tooLong: boolean;
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
 * Splits bytes that arrive in chunks at line feeds. Never holds more than one line of at most
 * `maxLineBytes` and one chunk; a longer line is dropped and handed out as `tooLong`.
 */
export class LineSplitter {
  readonly #maxLineBytes: number;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #offset = 0;
  #number = 1;
  #dropping = false;

  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes;
  }

  /** The lines that this chunk completes. */
  push(chunk: Uint8Array): ByteLine[] {
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const lines: ByteLine[] = [];
    let start = 0;
    for (let end = buffer.indexOf(10); end !== -1; end = buffer.indexOf(10, start)) {
      this.#keep(buffer.subarray(start, end), lines);
      this.#endLine(lines);
      start = end + 1;
    }
    if (start < buffer.length) this.#keep(buffer.subarray(start), lines);
    return lines;
  }

  /** The last line, when no line feed ended it. */
  end(): ByteLine | undefined {
    if (this.#dropping || this.#pendingBytes === 0) return undefined;
    return this.#line({ bytes: this.#take(), terminated: false });
  }

  #keep(bytes: Buffer, lines: ByteLine[]): void {
    this.#pendingBytes += bytes.length;
    if (this.#dropping) return;
    if (this.#pendingBytes <= this.#maxLineBytes) {
      this.#pending.push(bytes);
      return;
    }
    this.#pending = [];
    this.#dropping = true;
    lines.push(this.#line({ tooLong: true }));
  }

  #endLine(lines: ByteLine[]): void {
    const length = this.#pendingBytes;
    if (!this.#dropping) lines.push(this.#line({ bytes: this.#take(), terminated: true }));
    this.#dropping = false;
    this.#pendingBytes = 0;
    this.#offset += length + 1;
    this.#number++;
  }

  #take(): Buffer {
    const [first = Buffer.alloc(0)] = this.#pending;
    const bytes = this.#pending.length <= 1 ? first : Buffer.concat(this.#pending);
    this.#pending = [];
    return bytes;
  }

  #line(line: Partial<ByteLine>): ByteLine {
    return {
      bytes: line.bytes ?? Buffer.alloc(0),
      offset: this.#offset,
      number: this.#number,
      terminated: line.terminated ?? false,
      tooLong: line.tooLong ?? false,
    };
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
  const splitter = new LineSplitter(maxLineBytes);
  for await (const chunk of chunks) {
    for (const line of splitter.push(chunk)) {
      if (line.tooLong) throw new LineTooLongError(line, maxLineBytes);
      yield line;
    }
  }
  const last = splitter.end();
  if (last !== undefined) yield last;
}
