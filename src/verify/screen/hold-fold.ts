import { HashTable } from './hash-table.ts';
import * as movement from './movements.ts';
import { SUSPECT } from './suspicion.ts';

const PENDING = 0;
const POSTED = 1;
const RELEASED = 2;

/** Bits of who told of a posting: its transaction, the hold itself. */
const BY_HOLD = 1;
const BY_TRANSACTION = 2;

/** What the screens of `ledger/holds` and `money/factor-jump` count. */
export interface HoldCounts {
  /** Steps of holds, and transactions that name one before any is placed. */
  steps: number;
  early: number;
  /** Postings that the hold and its transaction told the same, and that only the hold told. */
  pairs: number;
  unpaired: number;
}

/** Folds what becomes of holds, and says where `ledger/holds` may have something to say. */
export class HoldFold {
  suspicion = 0;
  readonly counts: HoldCounts = { steps: 0, early: 0, pairs: 0, unpaired: 0 };
  readonly #holds = new HashTable();
  #states = new Uint8Array(1024);
  #tellers = new Uint8Array(1024);
  #held = new Float64Array(1024);
  #expiries = new Float64Array(1024);
  /** Of its posting: the transaction, low and high, and the amount. */
  #transactions = new Uint32Array(2048);
  #amounts = new Float64Array(1024);

  place(words: Uint32Array, at: number): void {
    this.counts.steps++;
    const known = this.#holds.size;
    const hold = this.#holds.add(words[at + 1] as number, words[at + 2] as number);
    if (hold >= this.#states.length) this.#grow();
    // One that is placed again is for the exact reading.
    if (hold !== known) this.suspicion |= SUSPECT.holds | SUSPECT.jumps;
    this.#states[hold] = PENDING;
    this.#held[hold] = movement.amountOf(words[at + 6] as number, words[at + 7] as number);
    this.#expiries[hold] = movement.amountOf(words[at + 8] as number, words[at + 9] as number);
  }

  release(low: number, high: number): void {
    const hold = this.#holds.find(low, high);
    this.counts.steps++;
    if (hold === -1 || this.#states[hold] !== PENDING) this.suspicion |= SUSPECT.holds;
    if (hold !== -1) this.#states[hold] = RELEASED;
  }

  post(words: Uint32Array, at: number): void {
    const teller = (words[at] as number) >>> 8 === 1 ? BY_TRANSACTION : BY_HOLD;
    const hold = this.#holds.find(words[at + 1] as number, words[at + 2] as number);
    if (hold === -1) {
      this.#postUnknown(teller);
      return;
    }
    this.counts.steps++;
    if (this.#states[hold] === PENDING) this.#postFirst(hold, { words, at, teller });
    else this.#postOther(hold, { words, at, teller });
    const amount = movement.amountOf(words[at + 5] as number, words[at + 6] as number);
    const isAbove = teller === BY_HOLD && amount > (this.#held[hold] as number);
    if (isAbove) this.suspicion |= SUSPECT.holds;
  }

  #postUnknown(teller: number): void {
    const isEarly = teller === BY_TRANSACTION && this.#holds.size === 0;
    if (isEarly) this.counts.early++;
    else this.suspicion |= SUSPECT.holds;
    // What amounts belong to it is not kept.
    this.suspicion |= SUSPECT.jumps;
  }

  #postFirst(hold: number, { words, at, teller }: Posting): void {
    this.#states[hold] = POSTED;
    this.#tellers[hold] = teller;
    this.#transactions[hold * 2] = words[at + 3] as number;
    this.#transactions[hold * 2 + 1] = words[at + 4] as number;
    this.#amounts[hold] = movement.amountOf(words[at + 5] as number, words[at + 6] as number);
    if (teller === BY_HOLD) this.counts.unpaired++;
    const time = movement.amountOf(words[at + 7] as number, words[at + 8] as number);
    if (time > (this.#expiries[hold] as number)) this.suspicion |= SUSPECT.holds;
  }

  /** The other half of a posting that was told, and nothing else. */
  #postOther(hold: number, { words, at, teller }: Posting): void {
    const isOther =
      this.#states[hold] === POSTED &&
      this.#tellers[hold] === (BY_HOLD | BY_TRANSACTION) - teller &&
      this.#transactions[hold * 2] === words[at + 3] &&
      this.#transactions[hold * 2 + 1] === words[at + 4];
    if (!isOther) {
      this.suspicion |= SUSPECT.holds | SUSPECT.jumps;
      return;
    }
    const amount = movement.amountOf(words[at + 5] as number, words[at + 6] as number);
    if (amount !== this.#amounts[hold]) this.suspicion |= SUSPECT.jumps;
    this.#tellers[hold] = BY_HOLD | BY_TRANSACTION;
    this.counts.pairs++;
    if (teller === BY_TRANSACTION) this.counts.unpaired--;
  }

  #grow(): void {
    const size = this.#states.length * 2;
    this.#states = copied(this.#states, new Uint8Array(size));
    this.#tellers = copied(this.#tellers, new Uint8Array(size));
    this.#held = copied(this.#held, new Float64Array(size));
    this.#expiries = copied(this.#expiries, new Float64Array(size));
    this.#transactions = copied(this.#transactions, new Uint32Array(size * 2));
    this.#amounts = copied(this.#amounts, new Float64Array(size));
  }
}

interface Posting {
  words: Uint32Array;
  at: number;
  teller: number;
}

function copied<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}
