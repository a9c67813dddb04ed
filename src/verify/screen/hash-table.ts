/**
 * Finds the place of a hash of 64 bits, by open addressing in typed arrays. Places are handed out from
 * 0 on; whoever keeps more of a key keeps it by its place.
 */
export class HashTable {
  size = 0;
  /** Place plus one in each slot; 0: empty. */
  #slots: Int32Array;
  #hashes: Uint32Array;

  constructor(expected = 1024) {
    this.#slots = new Int32Array(slotsFor(expected));
    this.#hashes = new Uint32Array(Math.max(16, expected) * 2);
  }

  /** Forgets all, with room for this many. */
  clear(expected: number): void {
    this.size = 0;
    if (slotsFor(expected) > this.#slots.length) this.#slots = new Int32Array(slotsFor(expected));
    else this.#slots.fill(0);
  }

  /** @returns the place, or -1 */
  find(low: number, high: number): number {
    return (this.#slots[this.#slotOf(low, high)] as number) - 1;
  }

  /** @returns the place, which is the former `size` where the hash is new */
  add(low: number, high: number): number {
    const slot = this.#slotOf(low, high);
    const known = (this.#slots[slot] as number) - 1;
    if (known !== -1) return known;
    const place = this.size++;
    if (place * 2 >= this.#hashes.length) this.#hashes = grown(this.#hashes);
    this.#hashes[place * 2] = low;
    this.#hashes[place * 2 + 1] = high;
    this.#slots[slot] = this.size;
    if (this.size * 2 > this.#slots.length) this.#spread();
    return place;
  }

  #slotOf(low: number, high: number): number {
    const mask = this.#slots.length - 1;
    let slot = low & mask;
    for (;;) {
      const place = (this.#slots[slot] as number) - 1;
      if (place === -1) return slot;
      if (this.#hashes[place * 2] === low && this.#hashes[place * 2 + 1] === high) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #spread(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    for (let place = 0; place < this.size; place++) {
      const at = place * 2;
      const slot = this.#slotOf(this.#hashes[at] as number, this.#hashes[at + 1] as number);
      this.#slots[slot] = place + 1;
    }
  }
}

function slotsFor(keys: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(16, keys) * 2));
}

function grown(words: Uint32Array): Uint32Array {
  const larger = new Uint32Array(words.length * 2);
  larger.set(words);
  return larger;
}
