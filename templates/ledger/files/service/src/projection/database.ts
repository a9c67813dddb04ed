import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SCHEMA, SCHEMA_VERSION } from './schema.ts';

/** The file of the read model in a data folder. */
export function databaseFile(folder: string): string {
  return join(folder, 'read-model.db');
}

/**
 * Opens the read model, or makes it. It can always be built again from the log, so it is not
 * synced at every commit, and one of another version is thrown away.
 */
export function openDatabase(folder: string): DatabaseSync {
  mkdirSync(folder, { recursive: true });
  const file = databaseFile(folder);
  const database = new DatabaseSync(file, { timeout: 2000 });
  const version = database.prepare('PRAGMA user_version').get()?.['user_version'];
  if (version !== 0 && version !== SCHEMA_VERSION) {
    database.close();
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
    return openDatabase(folder);
  }
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
  if (version === 0) database.exec(`BEGIN; ${SCHEMA} COMMIT;`);
  return database;
}
