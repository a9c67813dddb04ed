import { messageOf } from '../../../kernel/errors.ts';
import { type Database, SQLITE_CODE, sqliteCode, type Statement } from '../../../kernel/sqlite.ts';
import type { AppendOutcome, AppendRequest, EventKey } from '../contract.ts';
import { decide, type LogView, type StoredEvent } from '../decide.ts';
import { type EventRow, type LogEnd, placeEvents } from '../placement.ts';

/** Appends that share one transaction and its one fsync. */
export interface WriteGroup {
  requests: readonly AppendRequest[];
  /** Whether to write to the table that readiness probes use. */
  probe: boolean;
  nowMs: number;
}

/** `fault`: this one append broke a rule of the database and was rolled back alone. */
export type WriteOutcome = AppendOutcome | { kind: 'fault'; detail: string };

/** The answers of a committed group, or the one failure that all of it shares. */
export type GroupResult =
  | { kind: 'committed'; outcomes: readonly WriteOutcome[]; position: number }
  | { kind: 'unavailable' | 'outcome-unknown'; detail: string };

/** How much log is written before it is moved into the database file. */
export const CHECKPOINT_CHARACTERS = 16_777_216;
/** How much more until it is tried again where the disk had no room for it. */
const CHECKPOINT_RETRY_CHARACTERS = 1_048_576;

/** Errors at COMMIT after which it is certain that nothing was committed. */
const CLEAN_FAILURES: ReadonlySet<number | undefined> = new Set([
  SQLITE_CODE.busy,
  SQLITE_CODE.readOnly,
  SQLITE_CODE.full,
]);

/** The one writer of an events database. Not thread-safe; synchronous throughout. */
export class SqliteWriter {
  readonly #database: Database;
  readonly #statements: Statements;
  readonly #view: LogView;
  #end: LogEnd = { position: 0, recordedMs: 0 };
  #charactersSinceCheckpoint = 0;
  #closedBecause: string | undefined;

  constructor(database: Database) {
    this.#database = database;
    this.#statements = prepareStatements(database);
    this.#view = {
      find: ({ source, id }: EventKey) =>
        this.#statements.find.get(id, source) as StoredEvent | undefined,
      revision: (stream) =>
        (this.#statements.revision.get(stream) as { revision: number } | undefined)?.revision,
    };
  }

  /** Decides and writes a group; whatever it answers is durable. */
  commit(group: WriteGroup): GroupResult {
    if (this.#closedBecause !== undefined) {
      const detail = `writing is closed until a restart: ${this.#closedBecause}`;
      return { kind: 'unavailable', detail };
    }
    let outcomes: WriteOutcome[];
    try {
      this.#begin(group.nowMs);
      outcomes = group.requests.map((request) => this.#appendAlone(request));
      if (group.probe) this.#statements.probe.run();
    } catch (error) {
      this.#rollBack();
      return { kind: 'unavailable', detail: messageOf(error) };
    }
    return this.#finish(outcomes);
  }

  /**
   * Moves the write-ahead log into the database file once enough of it has gathered. When that fails,
   * the log file stays whole and writing ends: a failed fsync must not be tried again. A full disk
   * fails before any fsync, so that it may be tried again.
   */
  checkpointIfDue(): void {
    if (this.#charactersSinceCheckpoint < CHECKPOINT_CHARACTERS) return;
    this.#charactersSinceCheckpoint = 0;
    this.#checkpoint('PASSIVE');
  }

  close(): void {
    if (this.#closedBecause === undefined) this.#checkpoint('TRUNCATE');
    this.#database.close();
  }

  #begin(nowMs: number): void {
    // A transaction that begins by reading cannot always go on to write.
    this.#database.exec('BEGIN IMMEDIATE');
    const end = this.#statements.end.get() as LogEnd | undefined;
    // Recorded time must not go back where the clock did.
    this.#end = {
      position: end?.position ?? 0,
      recordedMs: Math.max(nowMs, end?.recordedMs ?? 0),
    };
  }

  /** In a savepoint of its own, so that what the database refuses costs no other append. */
  #appendAlone(request: AppendRequest): WriteOutcome {
    const answer = decide(request, this.#view);
    if (answer !== undefined) return answer;
    const { rows, writes } = placeEvents(request, this.#end, (stream) =>
      this.#view.revision(stream),
    );
    this.#statements.savepoint.run();
    try {
      for (const row of rows) this.#insert(row);
    } catch (error) {
      if (sqliteCode(error) !== SQLITE_CODE.constraint) throw error;
      this.#database.exec('ROLLBACK TO append; RELEASE append');
      return { kind: 'fault', detail: messageOf(error) };
    }
    this.#statements.release.run();
    this.#end = { ...this.#end, position: this.#end.position + rows.length };
    return { kind: 'appended', writes };
  }

  #insert({ stream, revision, position, recordedMs, event, line }: EventRow): void {
    const { source, id, type } = event;
    this.#statements.insert.run(position, stream, revision, source, id, type, recordedMs, line);
    this.#charactersSinceCheckpoint += line.length;
  }

  #finish(outcomes: WriteOutcome[]): GroupResult {
    try {
      this.#database.exec('COMMIT');
      return { kind: 'committed', outcomes, position: this.#end.position };
    } catch (error) {
      this.#rollBack();
      if (CLEAN_FAILURES.has(sqliteCode(error))) {
        return { kind: 'unavailable', detail: messageOf(error) };
      }
      this.#closedBecause = messageOf(error);
      return { kind: 'outcome-unknown', detail: messageOf(error) };
    }
  }

  #rollBack(): void {
    // SQLite has rolled back by itself after the graver errors.
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
  }

  #checkpoint(mode: 'PASSIVE' | 'TRUNCATE'): void {
    try {
      this.#database.exec(`PRAGMA wal_checkpoint(${mode})`);
    } catch (error) {
      if (sqliteCode(error) === SQLITE_CODE.full) {
        this.#charactersSinceCheckpoint = CHECKPOINT_CHARACTERS - CHECKPOINT_RETRY_CHARACTERS;
      } else {
        this.#closedBecause = messageOf(error);
      }
    }
  }
}

type Statements = ReturnType<typeof prepareStatements>;

function prepareStatements(
  database: Database,
): Record<'find' | 'revision' | 'end' | 'insert' | 'savepoint' | 'release' | 'probe', Statement> {
  return {
    find: database.prepare(
      'SELECT revision, position, line FROM events WHERE id = ? AND source = ?',
    ),
    revision: database.prepare(
      'SELECT revision FROM events WHERE stream = ? ORDER BY revision DESC LIMIT 1',
    ),
    end: database.prepare(
      'SELECT position, recorded AS recordedMs FROM events ORDER BY position DESC LIMIT 1',
    ),
    insert: database.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)'),
    savepoint: database.prepare('SAVEPOINT append'),
    release: database.prepare('RELEASE append'),
    probe: database.prepare('UPDATE probe SET count = count + 1'),
  };
}
