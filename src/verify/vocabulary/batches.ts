import { EVENT_LIMITS } from '../../model/event.ts';
import { isBalanced, totalsByCurrency } from '../../model/ledger.ts';
import type { Emit, LedgerFact, TransactionFact } from '../facts.ts';

/**
 * Puts a transaction together that is split over a batch: events of one transaction id that follow
 * each other, where the first alone does not balance. A balanced one is never added to, so that a
 * transaction posted twice stays two.
 */
export class TransactionBatches {
  readonly #emit: Emit<LedgerFact>;
  #open: TransactionFact | undefined;

  constructor(emit: Emit<LedgerFact>) {
    this.#emit = emit;
  }

  take(fact: LedgerFact): void {
    if (fact.kind === 'amount' || fact.kind === 'entry') return this.#emit(fact);
    const open = this.#open;
    if (open !== undefined && fact.kind === 'transaction' && isSplit(open, fact)) {
      return this.#consider(joined(open, fact));
    }
    this.end();
    if (fact.kind === 'transaction') this.#consider(fact);
    else this.#emit(fact);
  }

  /** No more events follow: what is open stands as it is. */
  end(): void {
    if (this.#open !== undefined) this.#emit(this.#open);
    this.#open = undefined;
  }

  #consider(fact: TransactionFact): void {
    const whole = isBalanced(fact.totals);
    this.#open = whole ? undefined : fact;
    if (whole) this.#emit(fact);
  }
}

/** A batch is one append, which is no longer than this. */
const MAX_BATCH_EVENTS = EVENT_LIMITS.appendEvents;

function isSplit(open: TransactionFact, next: TransactionFact): boolean {
  return (
    open.events.length < MAX_BATCH_EVENTS &&
    open.transactionId === next.transactionId &&
    open.event.source === next.event.source &&
    open.event.id !== next.event.id
  );
}

function joined(open: TransactionFact, next: TransactionFact): TransactionFact {
  const postings = [...open.postings, ...next.postings];
  const events = [...open.events, next.event];
  return { ...next, postings, events, totals: totalsByCurrency(postings) };
}
