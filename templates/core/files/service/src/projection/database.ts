import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import { SCHEMA, SCHEMA_VERSION } from './schema.ts';

export type Row = Record<string, SQLOutputValue>;

/** What every read model holds: how far it has read, and what it must know to append. */
const LOG_SCHEMA = `
  CREATE TABLE checkpoint (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    log      TEXT NOT NULL,
    position INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE commands (
    key       TEXT PRIMARY KEY,
    completed TEXT NOT NULL
  ) STRICT;

  CREATE TABLE revisions (
    stream   TEXT PRIMARY KEY,
    revision INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  PRAGMA user_version = ${SCHEMA_VERSION};
`;

/** The file of the read model in a data folder. */
export function databaseFile(folder: string): string {
  return join(folder, 'read-model.db');
}

/** The read model's tables; each statement is prepared once. */
export class Database {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /**
   * Opens the read model of a folder, or makes it. It can always be built again from the log, so
   * it is not synced at every commit, and one of another version is thrown away.
   */
  constructor(folder: string) {
    this.#database = open(folder);
  }

  get(sql: string, ...values: (string | number)[]): Row | undefined {
    return this.#prepared(sql).get(...values);
  }

  all(sql: string, ...values: (string | number)[]): Row[] {
    return this.#prepared(sql).all(...values);
  }

  run(sql: string, ...values: (string | number | null)[]): void {
    this.#prepared(sql).run(...values);
  }

  /** All of it or, when it throws, nothing. One may hold another. */
  transaction(work: () => void): void {
    this.#database.exec('SAVEPOINT work');
    try {
      work();
      this.#database.exec('RELEASE work');
    } catch (error) {
      this.#database.exec('ROLLBACK TO work; RELEASE work');
      throw error;
    }
  }

  /** Empties every table. */
  clear(): void {
    const tables = this.all("SELECT name FROM sqlite_schema WHERE type = 'table'");
    for (const { name } of tables) this.#database.exec(`DELETE FROM "${String(name)}"`);
  }

  close(): void {
    this.#database.close();
  }

  #prepared(sql: string): StatementSync {
    const statement = this.#statements.get(sql) ?? this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

function open(folder: string): DatabaseSync {
  mkdirSync(folder, { recursive: true });
  const file = databaseFile(folder);
  const database = new DatabaseSync(file, { timeout: 2000 });
  const version = database.prepare('PRAGMA user_version').get()?.['user_version'];
  if (version !== 0 && version !== SCHEMA_VERSION) {
    database.close();
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
    return open(folder);
  }
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
  if (version === 0) database.exec(`BEGIN; ${SCHEMA} ${LOG_SCHEMA} COMMIT;`);
  return database;
}
