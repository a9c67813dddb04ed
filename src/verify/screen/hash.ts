/** 64 bits of a hash, as two words. */
export interface Hash {
  low: number;
  high: number;
}

/** Words of a seed. */
export const SEED_WORDS = 4;

/**
 * Hashes bytes to 64 bits, four bytes at a time. Its factors are secret, drawn anew for each run, so
 * that nobody can write a log whose keys collide. The same bytes in the same scope give the same hash.
 */
export class Hasher {
  low = 0;
  high = 0;
  readonly #lowFactor: number;
  readonly #highFactor: number;
  readonly #start: Hash;
  #view: DataView = new DataView(new ArrayBuffer(0));

  constructor(seed: Uint32Array) {
    const [lowFactor = 0, highFactor = 0, low = 0, high = 0] = seed;
    // Odd, so that no bit is lost in a product.
    this.#lowFactor = lowFactor | 1;
    this.#highFactor = highFactor | 1;
    this.#start = { low, high };
  }

  over(view: DataView): void {
    this.#view = view;
  }

  /** Leaves the hash in `low` and `high`. @param scope what keeps equal bytes apart */
  take(from: number, to: number, scope: Hash): void {
    const view = this.#view;
    let low = this.#start.low ^ scope.low ^ (to - from);
    let high = this.#start.high ^ scope.high;
    let at = from;
    for (; at + 4 <= to; at += 4) {
      const word = view.getInt32(at, true);
      low = Math.imul(low ^ word, this.#lowFactor);
      low ^= low >>> 15;
      high = Math.imul((high + word) ^ (high >>> 13), this.#highFactor);
    }
    if (at < to) {
      const word = view.getInt32(at, true) & ((1 << ((to - at) * 8)) - 1);
      low = Math.imul(low ^ word, this.#lowFactor);
      low ^= low >>> 15;
      high = Math.imul((high + word) ^ (high >>> 13), this.#highFactor);
    }
    this.#mix(low, high);
  }

  /** Every bit of both halves comes to depend on all of both. */
  #mix(low: number, high: number): void {
    let [a, b] = [low, high ^ (high >>> 16)];
    a = Math.imul(a ^ (a >>> 16) ^ b, 0x85ebca6b);
    b = Math.imul(b ^ (b >>> 13) ^ a, 0xc2b2ae35);
    a = Math.imul(a ^ (a >>> 13) ^ (b >>> 7), 0xc2b2ae35);
    this.low = (a ^ (a >>> 16)) >>> 0;
    this.high = (b ^ (b >>> 16)) >>> 0;
  }
}

/** The scope of keys of one kind within another scope. */
export function scopeWithin({ low, high }: Hash, kind: number): Hash {
  return {
    low: low ^ Math.imul(kind + 1, 0x9e3779b1),
    high: high ^ Math.imul(kind + 1, 0x85ebca77),
  };
}
