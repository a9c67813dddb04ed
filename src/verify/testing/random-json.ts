import type { Random } from '../../kernel/random.ts';
import { NAMES } from '../screen/names.ts';

const STRINGS = [
  '',
  'EUR',
  'acct_1',
  'ü€😀',
  '\\n\\"\\\\\\/',
  '\\u00e9',
  '\\ud83d\\ude00',
  '\\ud800',
  '\u007f',
  '\u2028',
  '__proto__',
  'a rather long text, of more bytes than a word has',
];
const NUMBERS = [
  '0',
  '-0',
  '1',
  '-12',
  '9007199254740993',
  '1.5',
  '-0.25',
  '1e3',
  '2E-3',
  '1e400',
  '10',
];
const SPACES = ['', '', '', '', ' ', '\t', '\r', '  '];

/** A JSON text of one line; now and then an object has a member twice. */
export function randomJson(random: Random): string {
  return new Writer(random).value(0);
}

/** Bytes that go wrong in files: flipped, lost, doubled, cut, and what is no UTF-8. */
export function mutated(line: Buffer, random: Random): Buffer {
  const at = Math.floor(random.fraction() * line.length);
  const changes = [
    () => Buffer.concat([line.subarray(0, at), line.subarray(at + 1)]),
    () => Buffer.concat([line.subarray(0, at + 1), line.subarray(at)]),
    () => line.subarray(0, at),
    () =>
      Buffer.concat([line.subarray(0, at), Buffer.from(oneOf(PIECES, random)), line.subarray(at)]),
    () => Buffer.concat([line.subarray(0, at), random.bytes(1), line.subarray(at + 1)]),
  ];
  return Buffer.from(oneOf(changes, random)()).map((byte) =>
    byte === 0x0a ? 0x20 : byte,
  ) as Buffer;
}

const PIECES = [
  '"',
  '\\',
  ',',
  ':',
  '{',
  '}',
  '[',
  ']',
  '0',
  '-',
  'e',
  '.',
  'null',
  '\\u12',
  '\0',
  '\v',
  '\xa0',
];

class Writer {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  value(depth: number): string {
    const pick = this.#random.fraction();
    const text =
      pick < 0.35
        ? this.#string()
        : pick < 0.5
          ? this.#of(NUMBERS)
          : pick < 0.6
            ? this.#of(['true', 'false', 'null'])
            : pick < 0.8 || depth > 4
              ? this.#list('{}', () => `${this.#name()}${this.#space()}:${this.value(depth + 1)}`)
              : this.#list('[]', () => this.value(depth + 1));
    return `${this.#space()}${text}${this.#space()}`;
  }

  #list(brackets: string, item: () => string): string {
    const many = this.#random.fraction() < 0.02 ? 30 : 4;
    const items = Array.from({ length: Math.floor(this.#random.fraction() * many) }, item);
    return `${brackets[0]}${items.length === 0 ? this.#space() : items.join(`,${this.#space()}`)}${brackets[1]}`;
  }

  #name(): string {
    const pick = this.#random.fraction();
    if (pick < 0.5) return `"${this.#of(NAMES)}"`;
    return pick < 0.6 ? this.#string() : `"n${Math.floor(this.#random.fraction() * 1000)}"`;
  }

  #string(): string {
    return `"${this.#of(STRINGS)}"`;
  }

  #space(): string {
    return this.#of(SPACES);
  }

  #of<T>(from: readonly T[]): T {
    return oneOf(from, this.#random);
  }
}

function oneOf<T>(from: readonly T[], random: Random): T {
  return from[Math.floor(random.fraction() * from.length)] as T;
}
