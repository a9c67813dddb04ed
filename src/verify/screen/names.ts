/** Member names that the screen reads, of an event and of its data. A name's id is its place here. */
export const NAMES = [
  'specversion',
  'id',
  'source',
  'type',
  'subject',
  'time',
  'datacontenttype',
  'dataschema',
  'data',
  'data_base64',
  'streamrevision',
  'globalposition',
  'recordedtime',
  'idempotencykey',
  'causationid',
  'control',
  'accountId',
  'currency',
  'kind',
  'overdraft',
  'transactionId',
  'postings',
  'direction',
  'amount',
  'idempotencyKey',
  'paymentId',
  'holdId',
  'reverses',
  'effectiveAt',
  'expiresAt',
  'from',
  'to',
  'reason',
  'refundId',
  'commandId',
  'key',
  'status',
] as const;

export type Name = (typeof NAMES)[number];

/** Ids of the names, such as `ID.postings`. */
export const ID: Readonly<Record<Name, number>> = Object.fromEntries(
  NAMES.map((name, id) => [name, id]),
) as Record<Name, number>;

/** Ids are bits of two words of 31 bits, so there may be no more. */
export const MAX_NAMES = 62;

const SLOTS = 1024;
const LONGEST = 32;
/** Words of four bytes that hold the longest name, its quotes and its colon. */
const WORDS = 9;

/**
 * Finds the id of a name by a few of its bytes, then compares them all. `find` is called for every
 * member of every event.
 */
class NameTable {
  readonly #slots = new Int8Array(SLOTS);
  readonly #bytes = new Uint8Array(NAMES.length * LONGEST);
  readonly #lengths: Int32Array = Int32Array.from(NAMES, (name) => name.length);
  /** `"name":` of each name, as words; of the last only the bytes of `#lastMasks` count. */
  readonly #words = new Int32Array(NAMES.length * WORDS);
  readonly #lastMasks = new Int32Array(NAMES.length);
  /** By this factor no two names have one slot. */
  #factor = 1;

  constructor() {
    for (const [id, name] of NAMES.entries()) {
      this.#bytes.set(Buffer.from(name), id * LONGEST);
      const text = Buffer.alloc(WORDS * 4);
      text.write(`"${name}":`);
      for (let i = 0; i < WORDS; i++) this.#words[id * WORDS + i] = text.readInt32LE(i * 4);
      const used = (name.length + 3) % 4;
      this.#lastMasks[id] = used === 0 ? -1 : (1 << (used * 8)) - 1;
    }
    while (!this.#fill()) this.#factor += 2;
  }

  /** @returns the id, or -1 for a name of another kind */
  find(bytes: Uint8Array, from: number, to: number): number {
    const length = to - from;
    const id = this.#slots[this.#slotOf(bytes, from, length)] as number;
    if (id === -1 || this.#lengths[id] !== length) return -1;
    const start = id * LONGEST;
    for (let i = 0; i < length; i++) if (bytes[from + i] !== this.#bytes[start + i]) return -1;
    return id;
  }

  /** Whether `"name":` of this id stands here. @returns the byte behind, or -1 */
  behind(view: DataView, from: number, id: number): number {
    const length = (this.#lengths[id] as number) + 3;
    const last = (length - 1) >> 2;
    const start = id * WORDS;
    for (let i = 0; i < last; i++) {
      if (view.getInt32(from + i * 4, true) !== this.#words[start + i]) return -1;
    }
    const differs = view.getInt32(from + last * 4, true) ^ (this.#words[start + last] as number);
    return (differs & (this.#lastMasks[id] as number)) === 0 ? from + length : -1;
  }

  #fill(): boolean {
    this.#slots.fill(-1);
    for (const [id, name] of NAMES.entries()) {
      const slot = this.#slotOf(this.#bytes, id * LONGEST, name.length);
      if (this.#slots[slot] !== -1) return false;
      this.#slots[slot] = id;
    }
    return true;
  }

  /** `idempotencykey` and `idempotencyKey` differ in the third byte from the end. */
  #slotOf(bytes: Uint8Array, from: number, length: number): number {
    const few =
      (bytes[from] as number) |
      ((bytes[from + (length >> 1)] as number) << 8) |
      ((bytes[length < 3 ? from : from + length - 3] as number) << 16) |
      (length << 24);
    return Math.imul(few, this.#factor) >>> 22;
  }
}

export const nameTable: NameTable = new NameTable();
