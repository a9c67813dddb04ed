import { ACCOUNT_KINDS } from '../../model/ledger.ts';
import { ID, NAMES } from './names.ts';
import { Instants, readWhole } from './numbers.ts';
import * as token from './tokenizer.ts';
import { currencyOf, NO_KIND, type WordShape } from './vocabulary.ts';

const DEBIT = Buffer.from('debit"');
const CREDIT = Buffer.from('credit');

/**
 * Reads the members of one JSON object, an event's data or a posting. `isOdd` says that something is
 * missing, wrong, or not plain: what it means, `vocabulary/default.ts` decides.
 */
export class Data {
  isOdd = false;
  /** Tokens of the values by name; 0 where there is none. */
  readonly fields: Int32Array = new Int32Array(NAMES.length);
  amount = 0;
  currency = -1;
  readonly #tape: token.JsonTape;
  readonly #instants = new Instants();

  constructor(tape: token.JsonTape) {
    this.#tape = tape;
  }

  /** @param object a token; anything but an object is odd */
  open(object: number): void {
    this.isOdd = false;
    const { fields } = this;
    const { tape } = this.#tape;
    fields.fill(0);
    if (object === 0 || tape[object * token.WORDS] !== token.OBJECT) {
      this.isOdd = true;
      return;
    }
    const end = tape[object * token.WORDS + 2] as number;
    for (let name = object + 1; name < end;) {
      const value = name + 1;
      const at = value * token.WORDS;
      const kind = (tape[at] as number) & token.KIND_BITS;
      const id = ((tape[name * token.WORDS] as number) >>> token.ID_SHIFT) - 1;
      // A member that is null counts as absent.
      if (id !== -1 && kind !== token.NULL) fields[id] = value;
      name = kind <= token.ARRAY ? (tape[at + 2] as number) : value + 1;
    }
  }

  /** Holds the data to what its word must and may hold. */
  check({ texts, optionalTexts, instants, scalars, money }: WordShape): void {
    const { fields } = this;
    for (const id of texts) this.text(id);
    for (const id of optionalTexts) if (fields[id] !== 0) this.text(id);
    for (const id of instants) this.readInstant(id);
    for (const id of scalars) {
      const isNumber = this.#tape.tape[(fields[id] as number) * token.WORDS] === token.NUMBER;
      if (fields[id] !== 0 && !isNumber) this.text(id);
    }
    if (money !== 'none') this.readAmount(ID.amount);
    if (money === 'money') this.readCurrency();
  }

  /** @returns the token of a string that is not empty and has no escapes; else it is odd */
  text(id: number): number {
    const value = this.fields[id] as number;
    const at = value * token.WORDS;
    const { tape } = this.#tape;
    const isText =
      ((tape[at] as number) & ~token.WIDE) === token.STRING && tape[at + 1] !== tape[at + 2];
    if (!isText || value === 0) this.isOdd = true;
    return value;
  }

  readAmount(id: number): void {
    const value = this.fields[id] as number;
    const at = value * token.WORDS;
    const { tape, bytes } = this.#tape;
    const kind = tape[at] as number;
    this.amount =
      kind === token.NUMBER || kind === token.STRING
        ? readWhole(bytes, tape[at + 1] as number, tape[at + 2] as number)
        : -1;
    if (this.amount < 0) this.isOdd = true;
  }

  readCurrency(): void {
    const at = this.text(ID.currency) * token.WORDS;
    const { tape, bytes } = this.#tape;
    this.currency = currencyOf(bytes, tape[at + 1] as number, tape[at + 2] as number);
    if (this.currency < 0) this.isOdd = true;
  }

  /** @returns 1 for credit, 0 for debit */
  readDirection(): number {
    const at = this.text(ID.direction) * token.WORDS;
    const { tape, bytes } = this.#tape;
    const from = tape[at + 1] as number;
    const isCredit = bytes[from] === 0x63;
    const word = isCredit ? CREDIT : DEBIT;
    for (let i = 0; i < word.length; i++) if (bytes[from + i] !== word[i]) this.isOdd = true;
    if ((tape[at + 2] as number) - from !== (isCredit ? 6 : 5)) this.isOdd = true;
    return isCredit ? 1 : 0;
  }

  readAccountKind(): number {
    const value = this.fields[ID.kind] as number;
    if (value === 0) return NO_KIND;
    const text = this.#tape.text(this.text(ID.kind));
    const kind = this.isOdd ? -1 : ACCOUNT_KINDS.findIndex((known) => known === text);
    if (kind === -1) this.isOdd = true;
    return kind === -1 ? NO_KIND : kind;
  }

  /** @returns milliseconds, NaN where there is none */
  readInstant(id: number): number {
    if (this.fields[id] === 0) return Number.NaN;
    const at = this.text(id) * token.WORDS;
    const { tape, bytes } = this.#tape;
    const ms = this.#instants.read(bytes, tape[at + 1] as number, tape[at + 2] as number);
    if (Number.isNaN(ms)) this.isOdd = true;
    return ms;
  }
}
