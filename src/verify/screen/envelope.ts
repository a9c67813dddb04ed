import { FORBIDDEN_CHARACTER, isMediaType } from '../../model/event.ts';
import { ID, NAMES } from './names.ts';
import { KnownTexts } from './known-texts.ts';
import { Instants, readWhole } from './numbers.ts';
import { SUSPECT } from './suspicion.ts';
import * as token from './tokenizer.ts';

/** A revision or position that the event does not carry, and one that is no plain number. */
export const NONE = -1;
export const ODD = -2;

const EXTENSIONS = new Set([
  ID.streamrevision,
  ID.globalposition,
  ID.recordedtime,
  ID.idempotencykey,
  ID.causationid,
]);
/** What a name is: data (3), an attribute of CloudEvents (2), an extension that is known (1), or neither. */
const ATTRIBUTES = Uint8Array.from(NAMES, (_, id) =>
  id === ID.data ? 3 : id <= ID.data_base64 ? 2 : EXTENSIONS.has(id) ? 1 : 0,
);

/**
 * Reads the attributes of an event from its tokens, and holds them to CloudEvents 1.0. What is legal
 * but unusual is left to `readCloudEvent`: the envelope is then suspect.
 */
export class Envelope {
  /** Tokens of the values by name; 0, which is the event itself, where there is none. */
  readonly fields: Int32Array = new Int32Array(NAMES.length);
  revision: number = NONE;
  position: number = NONE;
  readonly #tape: token.JsonTape;
  readonly #instants = new Instants();
  readonly #sources = new KnownTexts((text) => !/[\s<>"{}|\\^`]/.test(text));
  readonly #mediaTypes = new KnownTexts(isMediaType);
  readonly #schemas = new KnownTexts((text) => URL.canParse(text));

  constructor(tape: token.JsonTape) {
    this.#tape = tape;
  }

  /** @returns bits of what is suspect */
  read(): number {
    const { fields } = this;
    const lawful = this.#collect();
    this.revision = this.#whole(fields[ID.streamrevision] as number);
    this.position = this.#whole(fields[ID.globalposition] as number);
    if (!this.#isText(ID.id) || !this.#isText(ID.source) || !this.#isText(ID.type)) {
      return SUSPECT.line;
    }
    return lawful && this.#keepsRules() ? 0 : SUSPECT.envelope;
  }

  /** When it was recorded, in milliseconds; NaN where that cannot be read. */
  get recordedMs(): number {
    return this.#msOf(this.fields[ID.recordedtime] as number);
  }

  /** When it occurred: `time`, else `recordedtime`. */
  get ms(): number {
    return this.fields[ID.time] === 0
      ? this.recordedMs
      : this.#msOf(this.fields[ID.time] as number);
  }

  /** Finds the members. @returns whether those of no rule of their own are lawful extensions */
  #collect(): boolean {
    const { fields } = this;
    const { tape } = this.#tape;
    fields.fill(0);
    const end = tape[2] as number;
    let lawful = true;
    for (let name = 1; name < end;) {
      const value = name + 1;
      const at = value * token.WORDS;
      const kind = (tape[at] as number) & token.KIND_BITS;
      const id = ((tape[name * token.WORDS] as number) >>> token.ID_SHIFT) - 1;
      const attribute = id === -1 ? 0 : (ATTRIBUTES[id] as number);
      // A member that is null counts as absent; what a store adds is then odd, and data is null.
      if (attribute !== 0 && (kind !== token.NULL || attribute !== 2)) fields[id] = value;
      if (attribute < 2 && kind !== token.NULL) {
        lawful &&= (attribute === 1 || this.#isExtensionName(name)) && this.#isScalar(value);
      }
      name = kind <= token.ARRAY ? (tape[at + 2] as number) : value + 1;
    }
    return lawful;
  }

  #keepsRules(): boolean {
    const { fields } = this;
    return (
      this.#isVersion(fields[ID.specversion] as number) &&
      this.#isAllowed(ID.id) &&
      this.#isAllowed(ID.source) &&
      this.#known(this.#sources, fields[ID.source] as number) &&
      this.#isAllowed(ID.type) &&
      (fields[ID.subject] === 0 || (this.#isText(ID.subject) && this.#isAllowed(ID.subject))) &&
      (fields[ID.time] === 0 || this.#isInstant(fields[ID.time] as number)) &&
      this.#isKnown(ID.datacontenttype, this.#mediaTypes) &&
      this.#isKnown(ID.dataschema, this.#schemas) &&
      fields[ID.data_base64] === 0
    );
  }

  /** Whether it is a non-empty string without escapes. */
  #isText(id: number): boolean {
    const at = (this.fields[id] as number) * token.WORDS;
    const { tape } = this.#tape;
    const word = (tape[at] as number) & ~token.WIDE;
    return word === token.STRING && tape[at + 1] !== tape[at + 2];
  }

  /** Whether a text has only characters that CloudEvents lets through. */
  #isAllowed(id: number): boolean {
    const value = this.fields[id] as number;
    const word = this.#tape.tape[value * token.WORDS] as number;
    return word === token.STRING || !FORBIDDEN_CHARACTER.test(this.#tape.text(value));
  }

  #isVersion(value: number): boolean {
    const { tape, view } = this.#tape;
    const at = value * token.WORDS;
    const from = tape[at + 1] as number;
    // The bytes of `1.0"`.
    return tape[at] === token.STRING && view.getInt32(from, true) === 0x22302e31;
  }

  #isKnown(id: number, texts: KnownTexts<boolean>): boolean {
    const value = this.fields[id] as number;
    return value === 0 || (this.#isText(id) && this.#isAllowed(id) && this.#known(texts, value));
  }

  #known(texts: KnownTexts<boolean>, value: number): boolean {
    const { tape, view } = this.#tape;
    const at = value * token.WORDS;
    return texts.of(view, tape[at + 1] as number, tape[at + 2] as number);
  }

  #isInstant(value: number): boolean {
    return !Number.isNaN(this.#msOf(value));
  }

  #msOf(value: number): number {
    const { tape, bytes } = this.#tape;
    const at = value * token.WORDS;
    if (tape[at] !== token.STRING) return Number.NaN;
    return this.#instants.read(bytes, tape[at + 1] as number, tape[at + 2] as number);
  }

  #whole(value: number): number {
    if (value === 0) return NONE;
    const { tape, bytes } = this.#tape;
    const at = value * token.WORDS;
    const word = tape[at] as number;
    if (word !== token.STRING && word !== token.NUMBER) return ODD;
    const whole = readWhole(bytes, tape[at + 1] as number, tape[at + 2] as number);
    return whole < 0 ? ODD : whole;
  }

  #isExtensionName(name: number): boolean {
    const { tape, bytes } = this.#tape;
    const at = name * token.WORDS;
    const [from, to] = [tape[at + 1] as number, tape[at + 2] as number];
    for (let i = from; i < to; i++) {
      const byte = bytes[i] as number;
      const isLetter = byte >= 0x61 && byte <= 0x7a;
      if (!isLetter && !(byte >= 0x30 && byte <= 0x39)) return false;
    }
    return from < to && ((tape[at] as number) & token.ESCAPED) === 0;
  }

  /** Whether it is a string, a boolean or a small integer. */
  #isScalar(value: number): boolean {
    const { tape, bytes } = this.#tape;
    const at = value * token.WORDS;
    const word = tape[at] as number;
    const kind = word & token.KIND_BITS;
    if (kind === token.STRING) {
      return word === kind || !FORBIDDEN_CHARACTER.test(this.#tape.text(value));
    }
    if (kind !== token.NUMBER) return kind === token.TRUE || kind === token.FALSE;
    const whole = readWhole(bytes, tape[at + 1] as number, tape[at + 2] as number);
    return whole >= 0 && whole < 2 ** 31;
  }
}
