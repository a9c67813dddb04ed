import { ACCOUNT_KINDS, isLimited, normalSide } from '../../model/ledger.ts';
import { HoldFold } from './hold-fold.ts';
import { HashTable } from './hash-table.ts';
import * as movement from './movements.ts';
import { SUSPECT } from './suspicion.ts';
import { NO_KIND } from './vocabulary.ts';

/** By the place of a kind: whether it grows by credits, and whether it may not fall below zero. */
const GROWS_BY_CREDIT = ACCOUNT_KINDS.map((kind) => normalSide(kind) === 'credit');
const LIMITED = ACCOUNT_KINDS.map(isLimited);

const RUNNING = 0;
const FROZEN = 1;
const CLOSED = 2;

/** Which account a hold is on; as place of one that holds nothing now. */
const RELEASED = -1;

/** What the screens of `ledger/accounts` and `ledger/limits` count. */
export interface LedgerCounts {
  /** Accounts opened in the log. */
  accounts: number;
  /** Postings and holds on accounts that are open, and on accounts that are not opened. */
  onAccounts: number;
  onOthers: number;
  /** Movements of accounts that were judged, and of accounts opened without a kind. */
  judged: number;
  withoutKind: number;
}

/**
 * Folds movements of accounts into balances, as `ledger/accounts` and `ledger/limits` do, and says
 * where one of them may have something to say. Amounts beyond 2^53 and all that is unusual is suspect.
 */
export class LedgerFold {
  suspicion = 0;
  readonly holds: HoldFold = new HoldFold();
  readonly counts: LedgerCounts = {
    accounts: 0,
    onAccounts: 0,
    onOthers: 0,
    judged: 0,
    withoutKind: 0,
  };
  readonly #accounts = new HashTable();
  readonly #holds = new HashTable();
  #currencies = new Uint16Array(1024);
  #kinds = new Uint8Array(1024);
  /** As `ledger/limits` sees it: frozen, closed. */
  #states = new Uint8Array(1024);
  /** As `ledger/accounts` sees it. */
  #closed = new Uint8Array(1024);
  /** On the account's own side, less what is held. */
  #free = new Float64Array(1024);
  #overdrafts = new Float64Array(1024);
  #holders = new Int32Array(1024);
  #held = new Float64Array(1024);

  take(words: Uint32Array): void {
    for (let at = 0; at < words.length;) {
      const first = words[at] as number;
      const more = first >>> 8;
      switch (first & movement.OPERATION_BITS) {
        case movement.OPEN:
          this.#open(words, at);
          at += 6;
          break;
        case movement.STEP:
          this.#step(more, this.#accounts.find(words[at + 1] as number, words[at + 2] as number));
          at += 3;
          break;
        case movement.TRANSACTION:
          this.#release(words[at + 1] as number, words[at + 2] as number);
          this.#transact(words, at + 3, more);
          at += 3 + more * movement.POSTING_WORDS;
          break;
        case movement.PLACE:
          this.holds.place(words, at);
          this.#place(words, at);
          at += 10;
          break;
        case movement.POST:
          this.holds.post(words, at);
          at += 9;
          break;
        default:
          // A posting is told by a movement of its own.
          if (more === 0) this.holds.release(words[at + 1] as number, words[at + 2] as number);
          this.#release(words[at + 1] as number, words[at + 2] as number);
          at += 3;
      }
    }
  }

  #open(words: Uint32Array, at: number): void {
    const known = this.#accounts.size;
    const account = this.#accounts.add(words[at + 1] as number, words[at + 2] as number);
    const isNew = account === known;
    if (isNew && this.counts.onOthers > 0) this.suspicion |= SUSPECT.accounts;
    if (account >= this.#kinds.length) this.#growAccounts();
    this.counts.accounts = this.#accounts.size;
    // Opened a second time it stays as it is, unless it was closed.
    if (isNew || this.#closed[account] === 1) {
      this.#closed[account] = 0;
      if (!isNew && this.#currencies[account] !== words[at + 3]) this.suspicion |= SUSPECT.limits;
      this.#currencies[account] = words[at + 3] as number;
    }
    if (!isNew && this.#states[account] !== CLOSED) return;
    const kind = (words[at] as number) >>> 8;
    if (!isNew && kind !== this.#kinds[account]) this.suspicion |= SUSPECT.limits;
    this.#kinds[account] = kind;
    this.#states[account] = RUNNING;
    this.#overdrafts[account] = movement.amountOf(words[at + 4] as number, words[at + 5] as number);
  }

  #step(step: number, account: number): void {
    if (account === -1) return;
    if (step === movement.CLOSE) this.#closed[account] = 1;
    this.#states[account] =
      step === movement.FREEZE ? FROZEN : step === movement.CLOSE ? CLOSED : RUNNING;
  }

  #transact(words: Uint32Array, from: number, postings: number): void {
    const to = from + postings * movement.POSTING_WORDS;
    for (let at = from; at < to; at += movement.POSTING_WORDS) {
      const side = words[at + 2] as number;
      const account = this.#move(words, at, side >>> 1);
      if (account === -1) continue;
      const amount = movement.amountOf(words[at + 3] as number, words[at + 4] as number);
      const grows = GROWS_BY_CREDIT[this.#kinds[account] as number] === ((side & 1) === 1);
      this.#add(account, grows ? amount : -amount);
      // An account of more postings is judged once, when all are applied.
      if (this.#isLast(words, at, to)) this.#judge(account);
    }
  }

  #add(account: number, change: number): void {
    const free = (this.#free[account] as number) + change;
    this.#free[account] = free;
    // Beyond this a double is not exact. What is not limited may go there: nothing depends on it.
    const exact = free <= Number.MAX_SAFE_INTEGER && free >= -Number.MAX_SAFE_INTEGER;
    if (!exact && LIMITED[this.#kinds[account] as number] === true) {
      this.suspicion |= SUSPECT.limits;
    }
  }

  /** Whether no later posting of the transaction is on the same account. */
  #isLast(words: Uint32Array, at: number, to: number): boolean {
    for (let other = at + movement.POSTING_WORDS; other < to; other += movement.POSTING_WORDS) {
      if (words[other] === words[at] && words[other + 1] === words[at + 1]) return false;
    }
    return true;
  }

  /** @returns the account whose balance moves; -1 for one that the log does not open */
  #move(words: Uint32Array, at: number, currency: number): number {
    const account = this.#accounts.find(words[at] as number, words[at + 1] as number);
    if (account === -1) {
      this.counts.onOthers++;
      if (this.#accounts.size > 0) this.suspicion |= SUSPECT.accounts | SUSPECT.limits;
      return -1;
    }
    this.counts.onAccounts++;
    if (this.#closed[account] === 1) this.suspicion |= SUSPECT.accounts;
    if (this.#currencies[account] !== currency) {
      this.suspicion |= SUSPECT.accounts | SUSPECT.limits;
    }
    return account;
  }

  #judge(account: number): void {
    if (this.#states[account] !== RUNNING) this.suspicion |= SUSPECT.limits;
    const kind = this.#kinds[account] as number;
    if (kind === NO_KIND) {
      this.counts.withoutKind++;
      return;
    }
    this.counts.judged++;
    if (LIMITED[kind] !== true) return;
    const overdraft = this.#overdrafts[account] as number;
    if ((this.#free[account] as number) < -overdraft) this.suspicion |= SUSPECT.limits;
  }

  #place(words: Uint32Array, at: number): void {
    const account = this.#move(words, at + 3, words[at + 5] as number);
    if (account === -1) return;
    const amount = movement.amountOf(words[at + 6] as number, words[at + 7] as number);
    const known = this.#holds.size;
    const hold = this.#holds.add(words[at + 1] as number, words[at + 2] as number);
    if (hold >= this.#holders.length) this.#growHolds();
    // The same hold again while it is pending: whether it is one is for the exact reading.
    if (hold !== known && this.#holders[hold] !== RELEASED) this.suspicion |= SUSPECT.limits;
    this.#holders[hold] = account;
    this.#held[hold] = amount;
    this.#add(account, -amount);
    this.#judge(account);
  }

  #release(low: number, high: number): void {
    if (low === 0 && high === 0) return;
    const hold = this.#holds.find(low, high);
    if (hold === -1 || this.#holders[hold] === RELEASED) return;
    const account = this.#holders[hold] as number;
    this.#add(account, this.#held[hold] as number);
    this.#holders[hold] = RELEASED;
  }

  #growAccounts(): void {
    const size = this.#kinds.length * 2;
    this.#currencies = copied(this.#currencies, new Uint16Array(size));
    this.#kinds = copied(this.#kinds, new Uint8Array(size));
    this.#states = copied(this.#states, new Uint8Array(size));
    this.#closed = copied(this.#closed, new Uint8Array(size));
    this.#free = copied(this.#free, new Float64Array(size));
    this.#overdrafts = copied(this.#overdrafts, new Float64Array(size));
  }

  #growHolds(): void {
    this.#holders = copied(this.#holders, new Int32Array(this.#holders.length * 2));
    this.#held = copied(this.#held, new Float64Array(this.#held.length * 2));
  }
}

function copied<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}
