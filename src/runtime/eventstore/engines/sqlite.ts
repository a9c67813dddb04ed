import { EventEmitter } from 'node:events';
import type { Random } from '../../../kernel/random.ts';
import type { Clock } from '../../../kernel/time.ts';
import type { EventStore } from '../contract.ts';
import { type LineSource, readsOf } from '../paging.ts';
import { SqliteReader } from '../sqlite/reader.ts';
import { WriteQueue } from '../sqlite/write-queue.ts';
import { WriterThread } from '../sqlite/writer-thread.ts';

interface SqliteOptions {
  /** The database file; made with its folder where there is none. */
  path: string;
  clock: Clock;
  random: Random;
}

/**
 * The embedded engine: one file, every append fsynced before it is answered.
 * @throws FintechError SANDBOX_DATA_NEWER, SANDBOX_UNIT_FAILED
 */
export async function openSqliteStore({ path, clock, random }: SqliteOptions): Promise<EventStore> {
  const writer = await WriterThread.open(path, random.uuid());
  const reader = await openReader(path, writer);
  const closing = new AbortController();
  let position = reader.position();
  const source: LineSource = {
    log: reader.log,
    growth: new EventEmitter<{ grown: [] }>().setMaxListeners(0),
    closing: closing.signal,
    position: () => position,
    revision: (stream) => reader.revision(stream),
    firstRevisionAfter: (stream, after) => reader.firstRevisionAfter(stream, after),
    rows: (span) => reader.rows(span),
  };
  const queue = new WriteQueue({
    commit: (group) => writer.commit(group),
    clock,
    onCommitted: (reached) => {
      if (reached === position) return;
      position = reached;
      source.growth.emit('grown');
    },
  });
  const closed = { kind: 'unavailable', detail: 'the store is closed' } as const;
  return {
    ...readsOf(source),
    capabilities: { engine: 'sqlite', durable: true },
    append: (request) => (closing.signal.aborted ? Promise.resolve(closed) : queue.append(request)),
    probe: () =>
      closing.signal.aborted
        ? Promise.resolve({ ok: false, detail: closed.detail })
        : queue.probe(),
    [Symbol.asyncDispose]: async () => {
      if (closing.signal.aborted) return;
      closing.abort();
      await queue.drained();
      // The writer goes first: while the reader is open, closing it does not retry a checkpoint.
      await writer.close();
      reader[Symbol.dispose]();
    },
  };
}

async function openReader(path: string, writer: WriterThread): Promise<SqliteReader> {
  try {
    return new SqliteReader(path);
  } catch (error) {
    await writer.close();
    throw error;
  }
}
