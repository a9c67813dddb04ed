import type { DatabaseSync } from 'node:sqlite';
import type { CommandCompleted } from '../commands/draft.ts';
import type { LedgerModel } from '../commands/ledger.ts';
import type { Revision } from '../commands/reading.ts';
import type { Account } from '../domain/account.ts';
import { evolve, type Hold, type Transaction } from '../domain/books.ts';
import { STREAM_PREFIX } from '../names.ts';
import type { StoredEvent } from '../platform/event-store.ts';
import { openDatabase } from './database.ts';
import { type Recorded, recordedEvent } from './recorded-event.ts';
import { CLEAR } from './schema.ts';
import { Tables } from './tables.ts';

/** Told of each event that could not be taken in. */
export type OnUnreadable = (event: StoredEvent, error: unknown) => void;

/**
 * The ledger's read model: the log folded into tables, with the position up to which it was.
 * An event that cannot be folded is left out and reported, since nobody can take it back out of
 * the log; `fintech verify` names what it breaks.
 */
export class ReadModel implements LedgerModel {
  readonly tables: Tables;
  readonly #database: DatabaseSync;
  readonly #onUnreadable: OnUnreadable;
  readonly #waiters = new Set<{ position: number; arrived: () => void }>();
  #log = '';
  #position = 0;

  /** @param folder where its file is kept, made when missing */
  constructor(folder: string, onUnreadable: OnUnreadable) {
    this.#database = openDatabase(folder);
    this.#onUnreadable = onUnreadable;
    this.tables = new Tables(this.#database);
    const checkpoint = this.tables.checkpoint();
    this.#log = checkpoint?.log ?? '';
    this.#position = checkpoint?.position ?? 0;
  }

  /** Position in the log up to which everything is folded in. */
  get position(): number {
    return this.#position;
  }

  account(accountId: string): Account | undefined {
    return this.tables.account(accountId);
  }

  transaction(transactionId: string): Transaction | undefined {
    return this.tables.transaction(transactionId);
  }

  hold(holdId: string): Hold | undefined {
    return this.tables.hold(holdId);
  }

  revisionOf(stream: string): Revision {
    return this.tables.revision(stream) ?? 'none';
  }

  command(key: string): CommandCompleted | undefined {
    return this.tables.command(key);
  }

  overdueHolds(nowMs: number, limit: number): string[] {
    const sql = `SELECT hold_id FROM holds WHERE status = 'pending' AND expires_ms <= ?
                 ORDER BY expires_ms LIMIT ?`;
    return this.tables.all(sql, nowMs, limit).map((row) => String(row['hold_id']));
  }

  /** Starts anew when the log is another one, or shorter than what was read of it. */
  alignWith(head: { log: string; position: number }): void {
    if (this.#log === head.log && this.#position <= head.position) return;
    this.#inTransaction(() => {
      this.#database.exec(CLEAR);
      this.tables.putCheckpoint(head.log, 0);
    });
    this.#log = head.log;
    this.#position = 0;
  }

  /**
   * Folds in the next events of the log, all in one step.
   * @throws Error when one is missing in between
   */
  apply(events: StoredEvent[]): void {
    let position = this.#position;
    this.#inTransaction(() => {
      for (const event of events) {
        const next = Number(event.globalposition);
        if (next <= position) continue;
        if (next !== position + 1) throw new Error(`event ${position + 1} is missing`);
        this.#applyOne(event);
        position = next;
      }
      this.tables.putCheckpoint(this.#log, position);
    });
    this.#position = position;
    for (const waiter of this.#waiters) if (waiter.position <= position) waiter.arrived();
  }

  reached(position: number, signal: AbortSignal): Promise<boolean> {
    if (this.#position >= position) return Promise.resolve(true);
    if (signal.aborted) return Promise.resolve(false);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const waiter = { position, arrived: () => resolve(true) };
    const giveUp = () => resolve(false);
    this.#waiters.add(waiter);
    signal.addEventListener('abort', giveUp, { once: true });
    return promise.finally(() => {
      this.#waiters.delete(waiter);
      signal.removeEventListener('abort', giveUp);
    });
  }

  close(): void {
    this.#database.close();
  }

  #applyOne(event: StoredEvent): void {
    this.#database.exec('SAVEPOINT event');
    try {
      this.#fold(recordedEvent(event), event);
      this.#database.exec('RELEASE event');
    } catch (error) {
      this.#database.exec('ROLLBACK TO event; RELEASE event');
      this.#onUnreadable(event, error);
    }
    // Readable or not, the stream has moved on: what is appended to it next must say so.
    if (event.subject.startsWith(STREAM_PREFIX)) {
      this.tables.putRevision(event.subject, event.streamrevision);
    }
  }

  #fold(recorded: Recorded, { recordedtime }: StoredEvent): void {
    if (recorded.kind === 'foreign') return;
    if (recorded.kind === 'command') {
      this.tables.putCommand(recorded.completed);
      return;
    }
    const { event } = recorded;
    const changed = evolve(this, event);
    this.tables.putChanges(changed);
    const effectiveAt = event.type === 'transaction-posted' ? event.data.effectiveAt : undefined;
    for (const entry of changed.entries) {
      this.tables.putEntry(entry, { recordedAt: recordedtime, effectiveAt });
    }
  }

  #inTransaction(work: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }
}
