import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Database } from '../../../kernel/sqlite.ts';
import { eventOf } from '../engine.conformance.ts';
import type { AppendRequest } from '../contract.ts';
import { openEventDatabase } from './database.ts';
import { SqliteReader } from './reader.ts';
import {
  CHECKPOINT_CHARACTERS,
  type GroupResult,
  SqliteWriter,
  type WriteGroup,
} from './writer.ts';

interface Opened extends AsyncDisposable {
  path: string;
  database: Database;
  writer: SqliteWriter;
}

async function open(): Promise<Opened> {
  const folder = await mkdtemp(join(tmpdir(), 'writer-'));
  const path = join(folder, 'events.db');
  const database = openEventDatabase(path, 'the-log');
  return {
    path,
    database,
    writer: new SqliteWriter(database),
    [Symbol.asyncDispose]: async () => {
      if (database.isOpen) database.close();
      await rm(folder, { recursive: true });
    },
  };
}

function groupOf(...requests: AppendRequest[]): WriteGroup {
  return { requests, probe: false, nowMs: 0 };
}

function appendOf(ids: string[], payload = ''): AppendRequest {
  const events = ids.map((id) => eventOf('s', id, payload));
  return { writes: [{ stream: 's', expected: 'any', events }], conditions: [] };
}

function kindsOf(result: GroupResult): string[] {
  return result.kind === 'committed' ? result.outcomes.map(({ kind }) => kind) : [result.kind];
}

test('what the database refuses of one append costs no other of its group', async () => {
  await using it = await open();
  const breaksTheContract = appendOf(['b', 'b']);
  const result = it.writer.commit(groupOf(appendOf(['a']), breaksTheContract, appendOf(['c'])));
  expect(kindsOf(result)).toEqual(['appended', 'fault', 'appended']);
  expect(result).toMatchObject({ position: 2, outcomes: { 2: { writes: [{ positions: [2] }] } } });
});

test('later appends of a group see the earlier', async () => {
  await using it = await open();
  const write = { stream: 's', expected: 'none' as const, events: [eventOf('s', 'b')] };
  const conflict = { writes: [write], conditions: [] };
  const result = it.writer.commit(groupOf(appendOf(['a']), conflict, appendOf(['a'])));
  expect(kindsOf(result)).toEqual(['appended', 'conflict', 'duplicate']);
});

test('a full disk rolls the group back, leaves reading alone and may pass', async () => {
  await using it = await open();
  it.writer.commit(groupOf(appendOf(['a'])));
  it.database.exec('PRAGMA max_page_count = 40');
  const large = appendOf(['b'], 'x'.repeat(500_000));
  const refused = it.writer.commit(groupOf(appendOf(['c']), large, appendOf(['a'])));
  expect(refused).toEqual({ kind: 'unavailable', detail: 'database or disk is full' });
  using reader = new SqliteReader(it.path);
  expect(reader.position()).toBe(1);
  it.database.exec('PRAGMA max_page_count = 100000');
  expect(kindsOf(it.writer.commit(groupOf(large)))).toEqual(['appended']);
  expect(reader.position()).toBe(2);
});

test('a store that turned read-only says so and may pass', async () => {
  await using it = await open();
  it.database.exec('PRAGMA query_only = ON');
  expect(kindsOf(it.writer.commit(groupOf(appendOf(['a']))))).toEqual(['unavailable']);
  expect(kindsOf(it.writer.commit({ requests: [], probe: true, nowMs: 0 }))).toEqual([
    'unavailable',
  ]);
  it.database.exec('PRAGMA query_only = OFF');
  expect(kindsOf(it.writer.commit(groupOf(appendOf(['a']))))).toEqual(['appended']);
});

test('an I/O error at commit leaves the outcome unknown and closes writing', async () => {
  await using it = await open();
  const { database } = it;
  const exec = database.exec.bind(database);
  database.exec = (sql) => {
    if (sql === 'COMMIT') throw Object.assign(new Error('disk I/O error'), { errcode: 1034 });
    exec(sql);
  };
  expect(it.writer.commit(groupOf(appendOf(['a'])))).toMatchObject({ kind: 'outcome-unknown' });
  database.exec = exec;
  expect(it.writer.commit(groupOf(appendOf(['b'])))).toMatchObject({
    kind: 'unavailable',
    detail: 'writing is closed until a restart: disk I/O error',
  });
});

test('the write-ahead log is moved into the file when due, with readers about', async () => {
  await using it = await open();
  using reader = new SqliteReader(it.path);
  const batch = (round: number) =>
    appendOf(
      Array.from({ length: 5 }, (_, index) => `${round}-${index}`),
      'x'.repeat(900_000),
    );
  const walBytes = async () => (await stat(`${it.path}-wal`)).size;
  const rounds = 4 * Math.ceil(CHECKPOINT_CHARACTERS / 4_500_000);
  const sizes: number[] = [];
  for (let round = 0; round < rounds; round++) {
    it.writer.commit(groupOf(batch(round)));
    // Left early, the iterator must let go of its snapshot, or the log could never start again.
    const span = {
      stream: undefined,
      type: undefined,
      from: 1,
      to: 99,
      direction: 'forward' as const,
    };
    for (const row of reader.rows(span)) if (row.key === 2) break;
    it.writer.checkpointIfDue();
    sizes.push(await walBytes());
  }
  expect(Math.max(...sizes)).toBeLessThan(2 * CHECKPOINT_CHARACTERS);
  expect((await stat(it.path)).size).toBeGreaterThan(2 * CHECKPOINT_CHARACTERS);
});

test('closing leaves one file', async () => {
  await using it = await open();
  it.writer.commit(groupOf(appendOf(['a'])));
  it.writer.close();
  await expect(stat(`${it.path}-wal`)).rejects.toMatchObject({ code: 'ENOENT' });
});
