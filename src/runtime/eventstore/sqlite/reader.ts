import { type Database, openDatabase, type Statement } from '../../../kernel/sqlite.ts';
import type { LineRow, RowSpan } from '../paging.ts';

/** Reads on a connection of its own; a row iterator that is left lets its statement go. */
export class SqliteReader implements Disposable {
  readonly log: string;
  readonly #database: Database;
  readonly #position: Statement;
  readonly #revision: Statement;
  readonly #firstAfter: Statement;
  readonly #ofLog: Statement;
  readonly #ofStream: Statement;
  readonly #ofStreamBackward: Statement;

  constructor(path: string) {
    const database = openDatabase(path, { readOnly: true });
    const ofStream = `SELECT revision AS key, position, line FROM events
      WHERE stream = :stream AND revision BETWEEN :low AND :high
      AND (:type IS NULL OR type = :type) ORDER BY revision`;
    this.#database = database;
    this.#position = database.prepare('SELECT max(position) AS value FROM events');
    this.#revision = database.prepare('SELECT max(revision) AS value FROM events WHERE stream = ?');
    this.#firstAfter = database.prepare(
      'SELECT min(revision) AS value FROM events WHERE stream = ? AND position > ?',
    );
    this.#ofLog = database.prepare(
      `SELECT position AS key, position, line FROM events
       WHERE position BETWEEN :low AND :high AND (:type IS NULL OR type = :type) ORDER BY position`,
    );
    this.#ofStream = database.prepare(ofStream);
    this.#ofStreamBackward = database.prepare(`${ofStream} DESC`);
    this.log = (database.prepare('SELECT uuid FROM log').get() as { uuid: string }).uuid;
  }

  position(): number {
    return valueOf(this.#position.get()) ?? 0;
  }

  revision(stream: string): number | undefined {
    return valueOf(this.#revision.get(stream));
  }

  firstRevisionAfter(stream: string, position: number): number | undefined {
    return valueOf(this.#firstAfter.get(stream, position));
  }

  rows({ stream, type, from, to, direction }: RowSpan): Iterable<LineRow> {
    const bounds = { low: Math.min(from, to), high: Math.max(from, to), type: type ?? null };
    // An empty span, such as `from` beyond the head, must not read backwards.
    if (direction === 'forward' ? from > to : from < to) return [];
    const rows =
      stream === undefined
        ? this.#ofLog.iterate(bounds)
        : (direction === 'forward' ? this.#ofStream : this.#ofStreamBackward).iterate({
            ...bounds,
            stream,
          });
    return rows as Iterable<unknown> as Iterable<LineRow>;
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}

function valueOf(row: unknown): number | undefined {
  return (row as { value: number | null }).value ?? undefined;
}
