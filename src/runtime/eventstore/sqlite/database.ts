import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { FintechError } from '../../../kernel/errors.ts';
import { type Database, openDatabase, openFailure } from '../../../kernel/sqlite.ts';

const SCHEMA_VERSION = 1;
/** "fevt", so that a stranger's database is not taken for ours. */
const APPLICATION_ID = 0x66657674;

const SCHEMA = `
CREATE TABLE log (uuid TEXT NOT NULL) STRICT;
CREATE TABLE probe (row INTEGER PRIMARY KEY CHECK (row = 1), count INTEGER NOT NULL) STRICT;
INSERT INTO probe VALUES (1, 0);
CREATE TABLE events (
  position INTEGER PRIMARY KEY,
  stream TEXT NOT NULL,
  revision INTEGER NOT NULL,
  source TEXT NOT NULL,
  id TEXT NOT NULL,
  type TEXT NOT NULL,
  recorded INTEGER NOT NULL,
  line TEXT NOT NULL,
  UNIQUE (stream, revision),
  UNIQUE (id, source)
) STRICT;
PRAGMA application_id = ${APPLICATION_ID};
PRAGMA user_version = ${SCHEMA_VERSION};
`;

/**
 * Opens the events database for writing, and makes it where there is none.
 * @param newLog UUID of the log, should it have to be made
 * @throws FintechError SANDBOX_DATA_NEWER, or SANDBOX_UNIT_FAILED when it cannot be opened or is not ours
 */
export function openEventDatabase(path: string, newLog: string): Database {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const database = openDatabase(path);
    prepare(database, newLog);
    // Checkpoints are the writer's business: one that fails must close writing, never be retried.
    database.exec('PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -65536;');
    return database;
  } catch (error) {
    throw openFailure(path, error);
  }
}

function prepare(database: Database, newLog: string): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    const version = pragma(database, 'user_version');
    const application = pragma(database, 'application_id');
    if (version === 0 && application === 0 && isEmpty(database)) {
      database.exec(SCHEMA);
      database.prepare('INSERT INTO log VALUES (?)').run(newLog);
    } else {
      refuseForeign(application, version);
    }
    database.exec('COMMIT');
  } catch (error) {
    database.close();
    throw error;
  }
}

function refuseForeign(application: number, version: number): void {
  if (application !== APPLICATION_ID) {
    throw new FintechError('SANDBOX_UNIT_FAILED', 'events.db is not an event store of fintech');
  }
  if (version > SCHEMA_VERSION) {
    throw new FintechError(
      'SANDBOX_DATA_NEWER',
      `events.db has schema version ${version}; this fintech knows ${SCHEMA_VERSION}`,
      { hint: 'Use the newer fintech that made it, or start from an export.' },
    );
  }
}

function isEmpty(database: Database): boolean {
  return database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
}

function pragma(database: Database, name: string): number {
  const row = database.prepare(`PRAGMA ${name}`).get() as Record<string, number>;
  return row[name] ?? 0;
}
