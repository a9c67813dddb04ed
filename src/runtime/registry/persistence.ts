import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { FintechError } from '../../kernel/errors.ts';
import type { Random } from '../../kernel/random.ts';
import { type Database, openDatabase, openFailure, type Statement } from '../../kernel/sqlite.ts';
import type { CatalogState, Change } from './catalog.ts';
import type { Check, Instance } from './records.ts';

const SCHEMA_VERSION = 1;
/** Indexes reserved at a time: a restart starts above all of them, so that none is given out twice. */
const INDEX_BLOCK = 4096;

const SCHEMA = `
  CREATE TABLE instances (id TEXT PRIMARY KEY, create_index INTEGER NOT NULL, record TEXT NOT NULL) STRICT;
  CREATE TABLE checks (id TEXT PRIMARY KEY, create_index INTEGER NOT NULL, record TEXT NOT NULL) STRICT;
  CREATE TABLE registry (node_id TEXT NOT NULL, reserved_index INTEGER NOT NULL) STRICT;
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

interface RecordTable {
  put: Statement;
  remove: Statement;
}

/** The catalog on disk: `<dataDir>/registry.db`. */
export class Persistence implements Disposable {
  readonly #database: Database;
  readonly #tables: { instances: RecordTable; checks: RecordTable };
  readonly #reserve: Statement;
  #reservedIndex: number;

  /**
   * Makes folder and file where they are missing.
   * @throws FintechError SANDBOX_DATA_NEWER, SANDBOX_UNIT_FAILED
   */
  constructor(dataDir: string, random: Random) {
    this.#database = openRegistryDatabase(dataDir, random);
    this.#tables = {
      instances: recordTable(this.#database, 'instances'),
      checks: recordTable(this.#database, 'checks'),
    };
    this.#reserve = this.#database.prepare('UPDATE registry SET reserved_index = ?');
    this.#reservedIndex = this.#registryRow().reserved_index;
  }

  get nodeId(): string {
    return this.#registryRow().node_id;
  }

  load(): CatalogState {
    return {
      index: this.#reservedIndex,
      instances: this.#records('instances') as Instance[],
      checks: this.#records('checks') as Check[],
    };
  }

  /**
   * Writes a change in one transaction.
   * @param durable whether it must survive a power cut; without, it survives only the process,
   *   and costs no fsync. That is enough for the state of a check, which the next heartbeat repeats.
   * @throws the SQLite error, with nothing written
   */
  write(change: Change, options: { durable: boolean }): void {
    const durable = options.durable || change.index > this.#reservedIndex;
    this.#database.exec(`PRAGMA synchronous = ${durable ? 'FULL' : 'NORMAL'}; BEGIN IMMEDIATE`);
    try {
      const reserved = this.#reserveUpTo(change.index);
      this.#writeRecords(change);
      this.#database.exec('COMMIT');
      this.#reservedIndex = reserved;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  [Symbol.dispose](): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #writeRecords(change: Change): void {
    const { instances, checks } = this.#tables;
    for (const id of change.removedChecks) checks.remove.run(id);
    for (const id of change.removedInstances) instances.remove.run(id);
    for (const it of change.instances) instances.put.run(it.id, it.createIndex, JSON.stringify(it));
    for (const it of change.checks) checks.put.run(it.id, it.createIndex, JSON.stringify(it));
  }

  #reserveUpTo(index: number): number {
    if (index <= this.#reservedIndex) return this.#reservedIndex;
    this.#reserve.run(index + INDEX_BLOCK);
    return index + INDEX_BLOCK;
  }

  #records(table: 'instances' | 'checks'): unknown[] {
    const rows = this.#database
      .prepare(`SELECT record FROM ${table} ORDER BY create_index, rowid`)
      .all() as { record: string }[];
    return rows.map(({ record }) => JSON.parse(record) as unknown);
  }

  #registryRow(): { node_id: string; reserved_index: number } {
    return this.#database.prepare('SELECT node_id, reserved_index FROM registry').get() as {
      node_id: string;
      reserved_index: number;
    };
  }
}

function recordTable(database: Database, table: string): RecordTable {
  return {
    put: database.prepare(
      `INSERT INTO ${table} (id, create_index, record) VALUES (?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET create_index = excluded.create_index, record = excluded.record`,
    ),
    remove: database.prepare(`DELETE FROM ${table} WHERE id = ?`),
  };
}

function openRegistryDatabase(dataDir: string, random: Random): Database {
  const path = join(dataDir, 'registry.db');
  let database: Database | undefined;
  try {
    mkdirSync(dataDir, { recursive: true });
    database = openDatabase(path);
    prepareSchema(database, { path, random });
    return database;
  } catch (error) {
    database?.close();
    throw openFailure(path, error);
  }
}

function prepareSchema(
  database: Database,
  { path, random }: { path: string; random: Random },
): void {
  const { user_version: version } = database.prepare('PRAGMA user_version').get() as {
    user_version: number;
  };
  if (version > SCHEMA_VERSION) {
    throw new FintechError('SANDBOX_DATA_NEWER', `${path} was written by a newer fintech.`, {
      hint: 'Use that version, or move the file away to start empty.',
    });
  }
  if (version === SCHEMA_VERSION) return;
  database.exec(`BEGIN; ${SCHEMA}`);
  database.prepare('INSERT INTO registry VALUES (?, 1)').run(random.uuid());
  database.exec('COMMIT');
}
