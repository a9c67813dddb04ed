import { parentPort, workerData } from 'node:worker_threads';
import { FintechError, messageOf } from '../../../kernel/errors.ts';
import { openEventDatabase } from './database.ts';
import { type WriteGroup, SqliteWriter } from './writer.ts';
import type { WorkerOpening } from './writer-thread.ts';

/** Owns the one writing connection, so that an fsync never holds up the server. */
const port = parentPort;
if (port === null) throw new Error('append-worker runs as a worker thread');

const { path, newLog } = workerData as { path: string; newLog: string };
const writer = open();
port.on('message', (group: WriteGroup | 'close') => {
  if (group === 'close') {
    writer?.close();
    port.close();
  } else if (writer !== undefined) {
    port.postMessage(writer.commit(group));
    writer.checkpointIfDue();
  }
});

function open(): SqliteWriter | undefined {
  try {
    const writer = new SqliteWriter(openEventDatabase(path, newLog));
    port?.postMessage({ ok: true } satisfies WorkerOpening);
    return writer;
  } catch (error) {
    const { code, hint } = error instanceof FintechError ? error : { code: 'INTERNAL' as const };
    const message = messageOf(error);
    port?.postMessage({ ok: false, code, message, hint } satisfies WorkerOpening);
    port?.close();
    return undefined;
  }
}
