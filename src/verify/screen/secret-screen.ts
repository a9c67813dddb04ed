import { longNumbersIn } from '../secrets/card-number.ts';
import { mayNameSecret } from '../secrets/find-secrets.ts';
import { tokensIn } from '../secrets/token-patterns.ts';
import { KnownTexts } from './known-texts.ts';
import * as token from './tokenizer.ts';

/** A card's number has at least so many digits. */
const CARD_DIGITS = 13;

const OTHER = 0;
const DIGIT = 1;
/** What may stand between the digits of a card. */
const SPACE = 2;
const DASH = 3;
/** The last letter of how a token begins. */
const ENDING = 4;

const CLASSES = Uint8Array.from({ length: 256 }, (_, byte) => {
  const letter = String.fromCharCode(byte);
  if (/\d/.test(letter)) return DIGIT;
  if (letter === ' ') return SPACE;
  if (letter === '-') return DASH;
  return '_JAz'.includes(letter) ? ENDING : OTHER;
});

/** How each shape of `token-patterns.ts` begins, up to a space, a dash, `_`, `J`, `A` or `z`. */
const BEGINNING =
  /(?:--|eyJ|bearer |basic |[ks]ia|gh[pousr]_|pat[_-]|xox[abeoprs]-|live_|sec_|aiz)$/i;

/**
 * Says of a payload that it surely holds no secret. Looks at every byte once, and has the patterns
 * themselves judge the few texts that have as many digits as a card, or begin like a token.
 */
export class SecretScreen {
  readonly #tape: token.JsonTape;
  readonly #names = new KnownTexts(mayNameSecret);

  constructor(tape: token.JsonTape) {
    this.#tape = tape;
  }

  isClean(data: number): boolean {
    const { tape, view } = this.#tape;
    const kind = (tape[data * token.WORDS] as number) & token.KIND_BITS;
    const end = kind <= token.ARRAY ? (tape[data * token.WORDS + 2] as number) : data + 1;
    for (let at = data; at < end; at++) {
      const word = tape[at * token.WORDS] as number;
      const from = tape[at * token.WORDS + 1] as number;
      const to = tape[at * token.WORDS + 2] as number;
      switch (word & token.KIND_BITS) {
        case token.NAME:
          // What the vocabulary reads is called like no secret.
          if (word >>> token.ID_SHIFT !== 0) break;
          if ((word & token.ESCAPED) !== 0 || this.#names.of(view, from, to)) return false;
          break;
        case token.STRING:
          if (this.#mayHide(from, to, word) && isSecret(this.#tape.text(at))) return false;
          break;
        case token.NUMBER:
          if (to - from >= CARD_DIGITS && isSecret(this.#textOf(from, to))) return false;
      }
    }
    return true;
  }

  #mayHide(from: number, to: number, word: number): boolean {
    if (to - from < CARD_DIGITS) return false;
    if ((word & token.ESCAPED) !== 0) return true;
    const { bytes } = this.#tape;
    let digits = 0;
    for (let at = from; at < to; at++) {
      const found = CLASSES[bytes[at] as number] as number;
      if (found === DIGIT) {
        if (++digits === CARD_DIGITS) return true;
      } else if (found === OTHER) {
        digits = 0;
      } else {
        if (found === ENDING) digits = 0;
        if (this.#beginsToken(from, at)) return true;
      }
    }
    return false;
  }

  #beginsToken(from: number, at: number): boolean {
    const { bytes } = this.#tape;
    const pair = (((bytes[at - 2] as number) | 0x20) << 8) | ((bytes[at - 1] as number) | 0x20);
    if (PAIRS[pair] === 0) return false;
    return BEGINNING.test(this.#textOf(Math.max(from, at - 6), at + 1));
  }

  #textOf(from: number, to: number): string {
    return Buffer.from(this.#tape.bytes.subarray(from, to)).toString('latin1');
  }
}

/** The two letters before such an ending: what begins a token has one of these pairs. */
const PAIRS = new Uint8Array(65_536);
for (const pair of 'ey er ic ki si ai hp ho hu hs hr at xa xb xe xo xp xr xs ve ec'.split(' ')) {
  PAIRS[(pair.charCodeAt(0) << 8) | pair.charCodeAt(1)] = 1;
}
for (let byte = 0; byte < 256; byte++) PAIRS[(byte << 8) | 0x2d] = 1;

function isSecret(text: string): boolean {
  return tokensIn(text).length > 0 || longNumbersIn(text).some(({ isCard }) => isCard);
}
