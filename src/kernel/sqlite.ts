import type { DatabaseSync as Database } from 'node:sqlite';
import type * as sqlite from 'node:sqlite';
import { createRequire } from 'node:module';
import { FintechError, messageOf } from './errors.ts';

export type { DatabaseSync as Database, StatementSync as Statement } from 'node:sqlite';

const { DatabaseSync } = loadQuietly();

/**
 * Opens a database file made durable for money: write-ahead log, an fsync at every commit.
 * @param path a file, or `:memory:`
 * @throws the SQLite error as it is, with `errcode`
 */
export function openDatabase(path: string, options: { readOnly?: boolean } = {}): Database {
  const database = new DatabaseSync(path, { readOnly: options.readOnly ?? false, timeout: 5000 });
  try {
    if (options.readOnly !== true) {
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    }
    database.exec('PRAGMA foreign_keys = ON;');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** What to tell of a database without which its owner cannot start. A FintechError stays as it is. */
export function openFailure(path: string, thrown: unknown): FintechError {
  if (thrown instanceof FintechError) return thrown;
  return new FintechError('SANDBOX_UNIT_FAILED', `cannot open ${path}: ${messageOf(thrown)}`, {
    hint: 'Look whether its disk is full, and whether its folder may be written to.',
    cause: thrown,
  });
}

/** Primary result codes that callers tell apart (https://sqlite.org/rescode.html). */
export const SQLITE_CODE = {
  busy: 5,
  readOnly: 8,
  full: 13,
  cannotOpen: 14,
  constraint: 19,
  notADatabase: 26,
} as const;

/** The primary result code of what SQLite threw; undefined for any other error. */
export function sqliteCode(thrown: unknown): number | undefined {
  return thrown instanceof Error && 'errcode' in thrown && typeof thrown.errcode === 'number'
    ? thrown.errcode & 0xff
    : undefined;
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

/**
 * An open exclusive transaction on a file of its own: a lock that the kernel frees with the process.
 * @returns undefined when another process holds it
 */
export function openLock(path: string): Disposable | undefined {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (sqliteCode(error) === SQLITE_CODE.busy) return undefined;
    throw error;
  }
  return { [Symbol.dispose]: () => database.close() };
}
