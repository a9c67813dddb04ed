import { parseRfc3339Ms } from '../../kernel/time.ts';
import type { EventFact, EventRef, HoldFact, Log } from '../facts.ts';
import { keyOf, ownCopy } from '../keys.ts';

/** A hold as the log has it so far. */
export interface HoldState {
  placed: EventRef;
  held: bigint;
  currency: string;
  expiresAtMs: number | undefined;
  taken: bigint;
  postings: Posted[];
  end: { step: 'posted' | 'voided' | 'expired'; at: EventRef } | undefined;
}

/** A posting of a hold is told by the hold, by its transaction, or by both. */
interface Posted {
  transactionId: string | undefined;
  toldBy: 'hold' | 'transaction' | 'both';
}

/** One event that posts a hold. */
export interface Posting {
  event: EventFact;
  holdId: string;
  transactionId: string | undefined;
  toldBy: 'hold' | 'transaction';
  amount: bigint;
}

/** Every hold that was placed, and what became of it. */
export class HoldStates {
  readonly #holds = new Map<string, HoldState>();
  readonly #maxKeys: number;

  constructor(maxKeys: number) {
    this.#maxKeys = maxKeys;
  }

  get isFull(): boolean {
    return this.#holds.size >= this.#maxKeys;
  }

  /** The hold of this id in this log, else in one read before it. */
  find(log: Log, holdId: string): HoldState | undefined {
    for (let index = log.index; index >= 0; index--) {
      const hold = this.#holds.get(keyIn(index, holdId));
      if (hold !== undefined) return hold;
    }
    return undefined;
  }

  /**
   * A hold that is placed again while it is pending holds more; after its end its id begins anew.
   * @returns false when there are too many holds to keep another
   */
  place({ event, holdId, amount = 0n, currency = '', expiresAt }: HoldFact): boolean {
    const key = keyIn(event.at.log.index, holdId);
    const before = this.#holds.get(key);
    if (before === undefined && this.isFull) return false;
    const pending = before?.end === undefined ? (before?.held ?? 0n) : 0n;
    this.#holds.set(key, {
      placed: event.at,
      held: pending + amount,
      currency: ownCopy(currency),
      expiresAtMs: expiresAt === undefined ? undefined : parseRfc3339Ms(expiresAt),
      taken: 0n,
      postings: [],
      end: undefined,
    });
    return true;
  }
}

/** Two logs may be of two ledgers, each with hold ids of its own. */
function keyIn(logIndex: number, holdId: string): string {
  return keyOf(String(logIndex), holdId);
}

export function addPosting(hold: HoldState, { event, transactionId, toldBy }: Posting): void {
  hold.postings.push({ transactionId: ownId(transactionId), toldBy });
  hold.end = { step: 'posted', at: event.at };
}

/** Whether this is the other half of a posting that was told: by the hold, or by its transaction. */
export function joinsOther({ postings }: HoldState, posting: Posting): boolean {
  const half = postings.find((posted) => isOtherHalf(posted, posting));
  if (half === undefined) return false;
  half.toldBy = 'both';
  half.transactionId ??= ownId(posting.transactionId);
  return true;
}

function isOtherHalf(posted: Posted, { toldBy, transactionId }: Posting): boolean {
  if (posted.toldBy === 'both' || posted.toldBy === toldBy) return false;
  const [one, other] = [posted.transactionId, transactionId];
  return one === undefined || other === undefined || one === other;
}

function ownId(id: string | undefined): string | undefined {
  return id === undefined ? undefined : ownCopy(id);
}
