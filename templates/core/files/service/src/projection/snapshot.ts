import { DatabaseSync } from 'node:sqlite';
import { databaseFile } from './database.ts';
import { PROJECTIONS } from './projections.ts';

export function isProjection(name: string): boolean {
  return Object.hasOwn(PROJECTIONS, name);
}

/**
 * A whole projection as NDJSON: first `{ position }`, then `{ key, value }` by key. Read on a
 * connection of its own, so that it shows one moment however long the reader takes.
 */
export function* snapshot(folder: string, name: string): Generator<string> {
  const projection = PROJECTIONS[name];
  if (projection === undefined) throw new Error(`no projection ${name}`);
  const database = new DatabaseSync(databaseFile(folder), { readOnly: true });
  try {
    database.exec('BEGIN');
    const checkpoint = database.prepare('SELECT position FROM checkpoint').get();
    yield `${JSON.stringify({ position: String(checkpoint?.['position'] ?? 0) })}\n`;
    for (const row of database.prepare(projection.sql).iterate()) {
      yield `${JSON.stringify(projection.read(row))}\n`;
    }
  } finally {
    database.close();
  }
}
