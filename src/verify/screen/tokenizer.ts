import { type Name, NAMES, nameTable } from './names.ts';

/** What a token is: the low bits of its first word. */
export const OBJECT = 0;
export const ARRAY = 1;
export const STRING = 2;
export const NUMBER = 3;
export const TRUE = 4;
export const FALSE = 5;
export const NULL = 6;
export const NAME = 7;
export const KIND_BITS = 7;
/** Flags of strings and names: there is an escape; there is DEL or a byte beyond ASCII. */
export const ESCAPED = 8;
export const WIDE = 16;
/** A name's id plus one stands above these bits of its first word; 0: not one of `NAMES`. */
export const ID_SHIFT = 8;

/** Words of a token: kind and flags, first byte, byte behind, and see `JsonTape`. */
export const WORDS = 4;

/** What four bytes at a time may read behind the last line feed: as much as the longest name. */
export const SLACK = 40;

/** As deep as `kernel/json-text.ts` goes. */
const MAX_DEPTH = 128;
/** Names of no known id in one object that are compared one by one; more are at its end, by a set. */
const FEW_NAMES = 16;

/** Lengths of what may follow a backslash, behind it; 0 for what may not. */
const ESCAPES = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === 0x75) return 5;
  return '"\\/bfnrt'.includes(String.fromCharCode(byte)) ? 1 : 0;
});

/** What an escape `\u` is: a letter, or the first or second half of one that needs two. */
const NO_HALF = 0;
const HIGH_HALF = 1;
const LOW_HALF = 2;

const LITERALS = [
  { kind: TRUE, bytes: Buffer.from('true') },
  { kind: FALSE, bytes: Buffer.from('false') },
  { kind: NULL, bytes: Buffer.from('null') },
];

/**
 * Reads one JSON text from bytes into a flat list of tokens, as strictly as `parseJsonText`: the same
 * texts are valid, none with a member named twice, none deeper than 128 levels. Bytes must be UTF-8.
 *
 * A token is four words of `tape`. A string or number: kind and flags, first byte, byte behind (of
 * a string without its quotes). An object or array: kind, and as third word the token behind its last.
 * In an object names and values take turns; the fourth word of a name is the name before it, or -1.
 *
 * One loop without recursion or allocation, and typed arrays read with `as number` (every index is
 * below a line feed that ends the bytes): verify spends most of its time here.
 */
export class JsonTape {
  tape: Int32Array = new Int32Array(WORDS * 4096);
  bytes: Uint8Array = new Uint8Array(0);
  view: DataView = new DataView(new ArrayBuffer(0));
  #tokens = 0;
  /** Where the line feed of the valid line that was read stands. */
  end = 0;
  /** Whether a line since `over` held an escape that is half of a letter, without the other half. */
  hasHalfLetter = false;
  /** The two names last read, and which one follows such a pair, as first of an object or not. */
  #lastIds = 0;
  readonly #likely = new Int8Array(1 << 13);
  /** Of each open container its token; of an object its last name, and which known names it has. */
  readonly #open = new Int32Array(MAX_DEPTH + 2);
  readonly #lastNames = new Int32Array(MAX_DEPTH + 2);
  readonly #lowNames = new Int32Array(MAX_DEPTH + 2);
  readonly #highNames = new Int32Array(MAX_DEPTH + 2);
  readonly #otherNames = new Int32Array(MAX_DEPTH + 2);

  /** Says where the lines to read are: line feeds end them all, and at least `SLACK` bytes more follow. */
  over(bytes: Uint8Array): void {
    // No text has more tokens than bytes. What is not touched takes no memory.
    if (bytes.length * WORDS > this.tape.length) this.tape = new Int32Array(bytes.length * WORDS);
    this.bytes = bytes;
    this.hasHalfLetter = false;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /**
   * Reads the line that begins here.
   * @returns how many tokens there are, 0 where the text is not valid
   */
  read(from: number): number {
    this.#tokens = 0;
    const tape = this.tape;
    const bytes = this.bytes;
    let at = from;
    let depth = 0;
    for (;;) {
      if (depth > MAX_DEPTH) return 0;
      at = this.#skipSpace(at);
      const byte = bytes[at] as number;
      if (byte === 0x22) {
        at = this.#string(at + 1, STRING);
      } else if (byte === 0x7b || byte === 0x5b) {
        const token = this.#push(byte === 0x7b ? OBJECT : ARRAY, at, 0);
        at = this.#skipSpace(at + 1);
        if (bytes[at] === byte + 2) {
          tape[token * WORDS + 2] = this.#tokens;
          at++;
        } else {
          depth++;
          this.#open[depth] = token;
          if (byte === 0x7b) at = this.#firstName(at, depth);
          if (at < 0) return 0;
          continue;
        }
      } else {
        at = byte === 0x2d || (byte >= 0x30 && byte <= 0x39) ? this.#number(at) : this.#literal(at);
      }
      if (at < 0) return 0;
      // Behind a value: the end of containers, a comma, or the end of the text.
      for (;;) {
        at = this.#skipSpace(at);
        if (depth === 0) return this.#end(at);
        const token = this.#open[depth] as number;
        const isObject = tape[token * WORDS] === OBJECT;
        const next = bytes[at] as number;
        if (next === 0x2c) {
          at = isObject ? this.#name(this.#skipSpace(at + 1), depth) : at + 1;
          if (at < 0) return 0;
          break;
        }
        if (next !== (isObject ? 0x7d : 0x5d)) return 0;
        if (isObject && this.#hasRepeated(depth)) return 0;
        tape[token * WORDS + 2] = this.#tokens;
        depth--;
        at++;
      }
    }
  }

  #end(at: number): number {
    this.end = at;
    return this.bytes[at] === 0x0a ? this.#tokens : 0;
  }

  #push(kind: number, from: number, to: number): number {
    const token = this.#tokens++;
    const at = token * WORDS;
    this.tape[at] = kind;
    this.tape[at + 1] = from;
    this.tape[at + 2] = to;
    return token;
  }

  #skipSpace(from: number): number {
    let at = from;
    let byte = this.bytes[at] as number;
    while (byte === 0x20 || byte === 0x09 || byte === 0x0d) byte = this.bytes[++at] as number;
    return at;
  }

  /** @param from behind the opening quote @returns the byte behind the closing one, or -1 */
  #string(from: number, kind: number): number {
    const bytes = this.bytes;
    const words = this.view;
    let flags = 0;
    let at = from;
    for (;;) {
      let marks = marksOf(words.getInt32(at, true));
      while (marks === 0) {
        at += 4;
        marks = marksOf(words.getInt32(at, true));
      }
      at += (31 - Math.clz32(marks & -marks)) >> 3;
      const byte = bytes[at] as number;
      if (byte === 0x22) {
        this.#push(kind | flags, from, at);
        return at + 1;
      }
      if (byte < 0x20) return -1;
      if (byte !== 0x5c) {
        flags |= WIDE;
        at++;
      } else {
        flags |= ESCAPED;
        at = this.#escape(at + 1);
        if (at < 0) return -1;
      }
    }
  }

  #escape(from: number): number {
    const length = ESCAPES[this.bytes[from] as number] as number;
    for (let at = from + 1; at < from + length; at++) {
      if (!isHex(this.bytes[at] as number)) return -1;
    }
    if (length !== 5) return length === 0 ? -1 : from + length;
    const half = this.#half(from);
    return half === NO_HALF ? from + length : this.#letter(from, half);
  }

  /** Of a letter of two halves both are passed. */
  #letter(from: number, half: number): number {
    const bytes = this.bytes;
    const next = from + 6;
    const isPair =
      half === HIGH_HALF &&
      bytes[next - 1] === 0x5c &&
      bytes[next] === 0x75 &&
      this.#half(next) === LOW_HALF;
    if (!isPair) {
      this.hasHalfLetter = true;
      return from + 5;
    }
    return isHex(bytes[next + 3] as number) && isHex(bytes[next + 4] as number) ? next + 5 : -1;
  }

  /** Which half of a letter begins with these two digits behind `u`. */
  #half(from: number): number {
    if (((this.bytes[from + 1] as number) | 0x20) !== 0x64) return NO_HALF;
    const digit = (this.bytes[from + 2] as number) | 0x20;
    if (digit >= 0x63 && digit <= 0x66) return LOW_HALF;
    return digit === 0x38 || digit === 0x39 || digit === 0x61 || digit === 0x62
      ? HIGH_HALF
      : NO_HALF;
  }

  #firstName(from: number, depth: number): number {
    this.#lastNames[depth] = -1;
    this.#lowNames[depth] = 0;
    this.#highNames[depth] = 0;
    this.#otherNames[depth] = 0;
    return this.#name(from, depth);
  }

  /** A name, its colon. @returns the byte behind, or -1 also where the object has this name already */
  #name(from: number, depth: number): number {
    const last = this.#lastNames[depth] as number;
    // Events of one log are alike: what follows this name most likely follows it again.
    const key = (this.#lastIds << 1) | (last === -1 ? 1 : 0);
    const likely = this.#likely[key] as number;
    const behind = nameTable.behind(this.view, from, likely);
    if (behind < 0) return this.#otherName(from, { depth, key });
    const word = this.#push(NAME | ((likely + 1) << ID_SHIFT), from + 1, behind - 2) * WORDS;
    this.tape[word + 3] = last;
    this.#lastIds = ((this.#lastIds << 6) | (likely + 1)) & 0xfff;
    this.#lastNames[depth] = this.#tokens - 1;
    return this.#isNewId(likely, depth) ? behind : -1;
  }

  #otherName(from: number, { depth, key }: { depth: number; key: number }): number {
    if (this.bytes[from] !== 0x22) return -1;
    const behind = this.#string(from + 1, NAME);
    if (behind < 0) return -1;
    const token = this.#tokens - 1;
    const word = token * WORDS;
    const escaped = ((this.tape[word] as number) & ESCAPED) !== 0;
    const id = escaped ? this.#escapedId(token) : nameTable.find(this.bytes, from + 1, behind - 1);
    if (id !== -1) this.#likely[key] = id;
    this.#lastIds = ((this.#lastIds << 6) | (id + 1)) & 0xfff;
    this.tape[word] = (this.tape[word] as number) | ((id + 1) << ID_SHIFT);
    this.tape[word + 3] = this.#lastNames[depth] as number;
    if (!(id === -1 ? this.#isNew(token, depth) : this.#isNewId(id, depth))) return -1;
    this.#lastNames[depth] = token;
    const colon = this.#skipSpace(behind);
    return this.bytes[colon] === 0x3a ? colon + 1 : -1;
  }

  #isNewId(id: number, depth: number): boolean {
    const names = id < 31 ? this.#lowNames : this.#highNames;
    const bit = 1 << (id < 31 ? id : id - 31);
    const seen = names[depth] as number;
    names[depth] = seen | bit;
    return (seen & bit) === 0;
  }

  /** Whether no name of the object before this one is the same. */
  #isNew(token: number, depth: number): boolean {
    const others = this.#otherNames[depth] as number;
    this.#otherNames[depth] = others + 1;
    if (others >= FEW_NAMES) return true;
    for (let other = this.#lastNames[depth] as number; other !== -1;) {
      if (this.#sameName(token, other)) return false;
      other = this.tape[other * WORDS + 3] as number;
    }
    return true;
  }

  /** Whether an object of many names has one of them twice. */
  #hasRepeated(depth: number): boolean {
    if ((this.#otherNames[depth] as number) <= FEW_NAMES) return false;
    const texts = new Set<string>();
    let names = 0;
    for (let name = this.#lastNames[depth] as number; name !== -1; names++) {
      texts.add(this.text(name));
      name = this.tape[name * WORDS + 3] as number;
    }
    return texts.size < names;
  }

  #escapedId(token: number): number {
    return NAMES.indexOf(this.text(token) as Name);
  }

  #sameName(token: number, other: number): boolean {
    const [a, b] = [token * WORDS, other * WORDS];
    const tape = this.tape;
    if ((((tape[a] as number) | (tape[b] as number)) & ESCAPED) !== 0) {
      return this.text(token) === this.text(other);
    }
    const [from, start] = [tape[a + 1] as number, tape[b + 1] as number];
    const length = (tape[a + 2] as number) - from;
    if (length !== (tape[b + 2] as number) - start) return false;
    for (let i = 0; i < length; i++) {
      if (this.bytes[from + i] !== this.bytes[start + i]) return false;
    }
    return true;
  }

  /** @returns the byte behind, or -1 */
  #number(from: number): number {
    const bytes = this.bytes;
    let at = bytes[from] === 0x2d ? from + 1 : from;
    const first = bytes[at] as number;
    if (!isDigit(first)) return -1;
    at = first === 0x30 ? at + 1 : this.#digits(at);
    if (bytes[at] === 0x2e) {
      if (!isDigit(bytes[at + 1] as number)) return -1;
      at = this.#digits(at + 1);
    }
    if (((bytes[at] as number) | 0x20) === 0x65) {
      const sign = bytes[at + 1] as number;
      at += sign === 0x2b || sign === 0x2d ? 2 : 1;
      if (!isDigit(bytes[at] as number)) return -1;
      at = this.#digits(at);
    }
    this.#push(NUMBER, from, at);
    return at;
  }

  #digits(from: number): number {
    let at = from;
    while (isDigit(this.bytes[at] as number)) at++;
    return at;
  }

  /** @returns the byte behind, or -1 */
  #literal(from: number): number {
    const kind = LITERALS.findIndex(({ bytes }) =>
      bytes.every((byte, index) => this.bytes[from + index] === byte),
    );
    const literal = LITERALS[kind];
    if (literal === undefined) return -1;
    const behind = from + literal.bytes.length;
    this.#push(literal.kind, from, behind);
    return behind;
  }

  /** The text of a string or name. */
  text(token: number): string {
    const word = token * WORDS;
    const [from, to] = [this.tape[word + 1] as number, this.tape[word + 2] as number];
    const text = Buffer.from(this.bytes.subarray(from, to)).toString('utf8');
    return ((this.tape[word] as number) & ESCAPED) === 0
      ? text
      : (JSON.parse(`"${text}"`) as string);
  }
}

/**
 * Marks bytes of four that are a quote, a backslash, a control character, DEL or beyond ASCII, by
 * their highest bit. The lowest mark is right; above it there may be some too many.
 */
function marksOf(word: number): number {
  const quote = word ^ 0x22222222;
  const backslash = word ^ 0x5c5c5c5c;
  const found =
    ((quote - 0x01010101) & ~quote) |
    ((backslash - 0x01010101) & ~backslash) |
    ((word - 0x20202020) & ~word) |
    (word + 0x01010101) |
    word;
  return found & 0x80808080;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function isHex(byte: number): boolean {
  return isDigit(byte) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
}
