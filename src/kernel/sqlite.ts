import type { DatabaseSync as Database } from 'node:sqlite';
import type * as sqlite from 'node:sqlite';
import { createRequire } from 'node:module';

export type { DatabaseSync as Database, StatementSync as Statement } from 'node:sqlite';

const { DatabaseSync } = loadQuietly();

/**
 * Opens a database file made durable for money: write-ahead log, an fsync at every commit.
 * @param path a file, or `:memory:`
 * @throws the SQLite error as it is, with `errcode`
 */
export function openDatabase(path: string, options: { readOnly?: boolean } = {}): Database {
  const database = new DatabaseSync(path, { readOnly: options.readOnly ?? false, timeout: 5000 });
  if (options.readOnly !== true) {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
  }
  database.exec('PRAGMA foreign_keys = ON;');
  return database;
}

/** Loads node:sqlite without its ExperimentalWarning, the one warning we silence. */
function loadQuietly(): typeof sqlite {
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = () => {};
  try {
    return createRequire(import.meta.url)('node:sqlite') as typeof sqlite;
  } finally {
    process.emitWarning = emitWarning;
  }
}
