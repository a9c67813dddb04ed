import { parseRfc3339Ms } from '../../kernel/time.ts';

/** Digits that a double holds, whatever they are, and one more that it may. */
const MAX_DIGITS = 16;

/**
 * An integer of plain digits, from 0 to 2^53−1, without a leading zero.
 * @returns -1 where it is none
 */
export function readWhole(bytes: Uint8Array, from: number, to: number): number {
  const length = to - from;
  if (length < 1 || length > MAX_DIGITS || (bytes[from] === 0x30 && length > 1)) return -1;
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value <= Number.MAX_SAFE_INTEGER ? value : -1;
}

/**
 * Reads RFC 3339 times. The usual form, `2027-01-01T00:00:00.000Z` with or without a fraction, is
 * read from its digits; its day, and any other form, by `parseRfc3339Ms`.
 */
export class Instants {
  #day = new Uint8Array(0);
  #dayMs = Number.NaN;

  /** @returns milliseconds since the epoch, NaN for no such time */
  read(bytes: Uint8Array, from: number, to: number): number {
    const length = to - from;
    const fraction = length === 24 && bytes[from + 19] === 0x2e;
    const usual =
      (fraction || length === 20) &&
      bytes[from + 10] === 0x54 &&
      bytes[from + 13] === 0x3a &&
      bytes[from + 16] === 0x3a &&
      bytes[to - 1] === 0x5a;
    if (!usual) return exactly(bytes, from, to);
    const hours = readPair(bytes, from + 11);
    const minutes = readPair(bytes, from + 14);
    const seconds = readPair(bytes, from + 17);
    const ms = fraction ? readPair(bytes, from + 20) * 10 + readDigit(bytes, from + 22) : 0;
    // NaN, which no comparison holds for, goes this way too.
    if (!(hours < 24 && minutes < 60 && seconds < 60 && ms >= 0)) return exactly(bytes, from, to);
    return this.#dayOf(bytes, from) + ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms;
  }

  #dayOf(bytes: Uint8Array, from: number): number {
    for (let i = 0; i < 10; i++) {
      if (bytes[from + i] === this.#day[i]) continue;
      this.#day = bytes.slice(from, from + 10);
      const day = Buffer.from(this.#day).toString('latin1');
      this.#dayMs = parseRfc3339Ms(`${day}T00:00:00Z`) ?? Number.NaN;
      break;
    }
    return this.#dayMs;
  }
}

function readPair(bytes: Uint8Array, at: number): number {
  return readDigit(bytes, at) * 10 + readDigit(bytes, at + 1);
}

function readDigit(bytes: Uint8Array, at: number): number {
  const digit = (bytes[at] as number) - 0x30;
  return digit >= 0 && digit <= 9 ? digit : Number.NaN;
}

function exactly(bytes: Uint8Array, from: number, to: number): number {
  return parseRfc3339Ms(Buffer.from(bytes.subarray(from, to)).toString('utf8')) ?? Number.NaN;
}
