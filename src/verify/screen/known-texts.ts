const SLOTS = 256;

interface Known<T> {
  bytes: DataView;
  length: number;
  value: T;
}

/**
 * What was made of texts that come again and again, such as event types: found by their bytes without
 * decoding them. Keeps the last of each slot.
 */
export class KnownTexts<T> {
  readonly #slots: (Known<T> | undefined)[] = Array.from({ length: SLOTS });
  readonly #make: (text: string) => T;

  constructor(make: (text: string) => T) {
    this.#make = make;
  }

  /** @param view holds `from - 4` to `to + 4` */
  of(view: DataView, from: number, to: number): T {
    const length = to - from;
    // Event types all end alike, so the middle counts too.
    const some = view.getInt32(to - 4, true) + view.getInt32(from + (length >> 1), true);
    const slot = Math.imul(some + length, 0x9e3779b1) >>> 24;
    const known = this.#slots[slot];
    if (known !== undefined && known.length === length && isSame(known, view, from)) {
      return known.value;
    }
    const bytes = Buffer.from(new Uint8Array(view.buffer, view.byteOffset + from, length));
    const value = this.#make(bytes.toString('utf8'));
    const copy = new Uint8Array(bytes.length + 4);
    copy.set(bytes);
    this.#slots[slot] = { bytes: new DataView(copy.buffer), length: bytes.length, value };
    return value;
  }
}

function isSame<T>({ bytes, length }: Known<T>, view: DataView, from: number): boolean {
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    if (bytes.getInt32(at, true) !== view.getInt32(from + at, true)) return false;
  }
  const differs = bytes.getInt32(at, true) ^ view.getInt32(from + at, true);
  return (differs & ((1 << ((length - at) * 8)) - 1)) === 0;
}
