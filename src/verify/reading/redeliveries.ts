import { hash } from 'node:crypto';
import type { EventFact } from '../facts.ts';

const WORDS = 4;
const FIRST_SLOTS = 1024;

/**
 * Knows which events of a log that may deliver one again stood in it before, by source and id. Keeps
 * 128 bits of SHA-256 of each: nobody can craft two that collide.
 */
export class Redeliveries {
  readonly #maxKeys: number;
  #slots = new Uint32Array(FIRST_SLOTS * WORDS);
  #used = 0;

  constructor(maxKeys: number) {
    this.#maxKeys = maxKeys;
  }

  /** Whether there is no room for another event: later ones are all taken as new. */
  get isFull(): boolean {
    return this.#used >= this.#maxKeys;
  }

  /** Whether it was delivered before; remembers it if not. */
  isAgain({ id, source }: EventFact): boolean {
    if (id === undefined || source === undefined) return false;
    const key = digestOf(source, id);
    const found = this.#slotOf(key);
    if (this.#isTaken(found)) return true;
    if (this.isFull) return false;
    this.#slots.set(key, found);
    this.#used++;
    if (this.#used * 2 * WORDS > this.#slots.length) this.#grow();
    return false;
  }

  /** Where a key stands, or would stand. */
  #slotOf(key: Uint32Array): number {
    const slots = this.#slots;
    const [a = 0, b = 0, c = 0, d = 0] = key;
    for (let at = (a * WORDS) % slots.length; ; at = (at + WORDS) % slots.length) {
      if (!this.#isTaken(at)) return at;
      const same = slots[at] === a && slots[at + 1] === b && slots[at + 2] === c;
      if (same && slots[at + 3] === d) return at;
    }
  }

  #isTaken(at: number): boolean {
    // The last word of a key is never 0.
    return this.#slots[at + WORDS - 1] !== 0;
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Uint32Array(before.length * 2);
    for (let at = 0; at < before.length; at += WORDS) {
      if (before[at + WORDS - 1] === 0) continue;
      const key = before.subarray(at, at + WORDS);
      this.#slots.set(key, this.#slotOf(key));
    }
  }
}

function digestOf(source: string, id: string): Uint32Array {
  const digest = hash('sha256', `${source.length}:${source}${id}`, 'buffer');
  const key = new Uint32Array(WORDS);
  for (let word = 0; word < WORDS; word++) key[word] = digest.readUInt32LE(word * 4);
  key[WORDS - 1] = (key[WORDS - 1] ?? 0) | 1;
  return key;
}
