import { FintechError } from '../../kernel/errors.ts';

const BYTE = {
  tab: 0x09,
  lineFeed: 0x0a,
  carriageReturn: 0x0d,
  space: 0x20,
  quote: 0x22,
  comma: 0x2c,
  openBracket: 0x5b,
  backslash: 0x5c,
  closeBracket: 0x5d,
  openBrace: 0x7b,
  closeBrace: 0x7d,
} as const;

/**
 * A JSON array as NDJSON: each element a line, whatever lines it stands on. Every byte keeps its
 * place, so that an offset in a finding is that of the file. What an element is, is for the reader
 * of lines to judge.
 * @throws FintechError VERIFY_SOURCE where the array itself is broken or cut off
 */
export async function* arrayLines(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const array = new ArrayBytes(name);
  for await (const chunk of chunks) yield array.push(Buffer.from(chunk));
  array.end();
}

class ArrayBytes {
  readonly #name: string;
  #offset = 0;
  /** 0 outside of the array, 1 between its elements. */
  #depth = 0;
  #isOver = false;
  #inString = false;
  #isEscaped = false;
  #elements = 0;
  /** Whether something stands behind the last bracket or comma. */
  #hasElement = false;

  constructor(name: string) {
    this.#name = name;
  }

  /** Makes lines of these bytes, in their place. */
  push(bytes: Buffer): Buffer {
    for (let at = 0; at < bytes.length;) {
      if (this.#inString) at = this.#string(bytes, at);
      else if (this.#depth > 1) at = this.#element(bytes, at);
      else bytes[at] = this.#between(bytes[at] ?? 0, this.#offset + at++);
    }
    this.#offset += bytes.length;
    return bytes;
  }

  end(): void {
    if (!this.#isOver) this.#fail('is cut off: its ] is missing', this.#offset);
  }

  /** A line feed may not stand in a string, but must not end the line either. @returns where to go on */
  #string(bytes: Buffer, from: number): number {
    for (let at = from; at < bytes.length; at++) {
      const byte = bytes[at];
      if (byte === BYTE.lineFeed) bytes[at] = BYTE.carriageReturn;
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === BYTE.backslash) this.#isEscaped = true;
      else if (byte === BYTE.quote) {
        this.#inString = false;
        return at + 1;
      }
    }
    return bytes.length;
  }

  /** Inside of an element, up to its end or a string in it. @returns where to go on */
  #element(bytes: Buffer, from: number): number {
    for (let at = from; at < bytes.length; at++) {
      const byte = bytes[at];
      if (byte === BYTE.quote) {
        this.#inString = true;
        return at + 1;
      }
      if (byte === BYTE.lineFeed) bytes[at] = BYTE.space;
      else if (byte === BYTE.openBrace || byte === BYTE.openBracket) this.#depth++;
      else if (byte === BYTE.closeBrace || byte === BYTE.closeBracket) {
        this.#depth--;
        if (this.#depth === 1) return at + 1;
      }
    }
    return bytes.length;
  }

  /** Outside of the array, and at its own level. @returns what stands in the place of the byte */
  #between(byte: number, offset: number): number {
    if (byte === BYTE.lineFeed) return BYTE.space;
    if (isSpace(byte)) return byte;
    if (this.#depth === 0) return this.#begin(byte, offset);
    if (byte === BYTE.comma) return this.#next(offset);
    if (byte === BYTE.closeBracket) return this.#finish(offset);
    this.#hasElement = true;
    if (byte === BYTE.quote) this.#inString = true;
    else if (byte === BYTE.openBrace || byte === BYTE.openBracket) this.#depth++;
    return byte;
  }

  #begin(byte: number, offset: number): number {
    if (this.#isOver) this.#fail(`has ended, but there is more`, offset);
    // A byte order mark stays, and is found.
    if (byte !== BYTE.openBracket) return byte;
    this.#depth = 1;
    return BYTE.space;
  }

  #next(offset: number): number {
    if (!this.#hasElement) this.#fail('has a comma that follows no element', offset);
    this.#hasElement = false;
    this.#elements++;
    return BYTE.lineFeed;
  }

  #finish(offset: number): number {
    if (!this.#hasElement && this.#elements > 0) {
      this.#fail('has a comma that no element follows', offset);
    }
    this.#depth = 0;
    this.#isOver = true;
    return BYTE.space;
  }

  #fail(what: string, offset: number): never {
    throw new FintechError(
      'VERIFY_SOURCE',
      `${this.#name}: the JSON array ${what} (byte ${offset})`,
      {
        hint: 'Check it by: jq . <file>',
        details: { file: this.#name, offset },
      },
    );
  }
}

function isSpace(byte: number): boolean {
  return byte === BYTE.space || byte === BYTE.tab || byte === BYTE.carriageReturn;
}
