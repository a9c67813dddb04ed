import { totalsByCurrency } from '../../model/ledger.ts';
import type { Emit, EventFact, LedgerFact, TransactionFact } from '../facts.ts';
import type { RowFact } from './fact-reader.ts';

/**
 * Records between two rows of one transaction at most. Rows of transactions that were written at the
 * same time stand among each other; a row that comes later than this is of a second transaction.
 */
export const MAX_RECORDS_BETWEEN_ROWS = 10_000;
/** Rows of one transaction at most. */
export const MAX_ROWS = 100_000;

interface OpenTransaction {
  rows: RowFact[];
  /** Number of the record its last row stood in. */
  lastRecord: number;
  /** Whether a row of it could not be read. */
  broken: boolean;
}

/**
 * Puts transactions together whose postings stand in rows of their own. All facts wait as long as a
 * transaction does, so that they leave in the order of their last record.
 */
export class PostingRows {
  readonly #emit: Emit<LedgerFact>;
  /** By id, in the order of their last rows. */
  readonly #open = new Map<string, OpenTransaction>();
  #others: { record: number; fact: LedgerFact }[] = [];
  #record = 0;

  constructor(emit: Emit<LedgerFact>) {
    this.#emit = emit;
  }

  /** Another record is read. */
  startRecord(): void {
    this.#record++;
    this.#release(this.#record - MAX_RECORDS_BETWEEN_ROWS - 2);
  }

  take(fact: LedgerFact): void {
    // What an amount says does not depend on what stands before it.
    if (fact.kind === 'amount') this.#emit(fact);
    else this.#others.push({ record: this.#record, fact });
  }

  /** @param broken whether the row could not be read whole */
  takeRow(row: RowFact, broken: boolean): void {
    const before = this.#open.get(row.transactionId);
    if (before !== undefined && before.rows.length >= MAX_ROWS) {
      this.#open.delete(row.transactionId);
      this.#emit(closed({ ...before, broken: true }));
    }
    const rows = before === undefined || before.rows.length >= MAX_ROWS ? [] : before.rows;
    rows.push(row);
    this.#open.delete(row.transactionId);
    this.#open.set(row.transactionId, {
      rows,
      lastRecord: this.#record,
      broken: broken || before?.broken === true,
    });
  }

  /** No more records follow. */
  end(): void {
    this.#release(this.#record);
  }

  #release(upTo: number): void {
    let taken = 0;
    for (const [id, transaction] of this.#open) {
      if (transaction.lastRecord > upTo) break;
      taken = this.#releaseOthers(taken, transaction.lastRecord);
      this.#open.delete(id);
      this.#emit(closed(transaction));
    }
    taken = this.#releaseOthers(taken, upTo);
    if (taken > 0) this.#others = this.#others.slice(taken);
  }

  #releaseOthers(from: number, upTo: number): number {
    let taken = from;
    for (; taken < this.#others.length; taken++) {
      const other = this.#others[taken];
      if (other === undefined || other.record > upTo) break;
      this.#emit(other.fact);
    }
    return taken;
  }
}

function closed({ rows, broken }: OpenTransaction): LedgerFact {
  const events = rows.map(({ event }) => event);
  const [last] = rows.slice(-1) as [RowFact];
  const postings = rows.flatMap((row) => row.postings);
  if (broken) return unusable(last.event, { postings, tooLong: rows.length >= MAX_ROWS });
  return {
    kind: 'transaction',
    event: last.event,
    events: [...new Set(events)],
    transactionId: last.transactionId,
    postings,
    totals: totalsByCurrency(postings),
    idempotencyKey: linkOf(rows, 'idempotencyKey'),
    holdId: linkOf(rows, 'holdId'),
    paymentId: linkOf(rows, 'paymentId'),
    reverses: linkOf(rows, 'reverses'),
  };
}

type Link = 'idempotencyKey' | 'holdId' | 'paymentId' | 'reverses';

function linkOf(rows: readonly RowFact[], link: Link): TransactionFact[Link] {
  return rows.find((row) => row[link] !== undefined)?.[link];
}

/** A row that could not be read was told already; its transaction is not judged by the rest. */
function unusable(
  event: EventFact,
  { postings, tooLong }: { postings: RowFact['postings']; tooLong: boolean },
): LedgerFact {
  return {
    kind: 'unusable',
    event,
    what: 'transaction',
    problems: tooLong ? [`the transaction has more than ${MAX_ROWS} rows`] : [],
    accounts: postings.map(({ accountId }) => accountId),
  };
}
