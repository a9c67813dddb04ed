import { parentPort, workerData } from 'node:worker_threads';
import type { ChunkSettings } from './chunk.ts';
import { ChunkScreens } from './chunk-screens.ts';
import type { Answer, Task } from './thread-pool.ts';

/** One of the threads that read chunks of a log. */
const port = parentPort;
if (port === null) throw new Error('screen-worker runs as a worker thread');

const screens = new ChunkScreens(workerData as ChunkSettings);
port.on('message', (task: Task) => {
  if (task.kind === 'end') return port.close();
  if (task.kind === 'judge') {
    const suspicion = screens.judge(task.streams, task.share);
    return port.postMessage({ kind: 'judge', suspicion } satisfies Answer);
  }
  const { log, buffer, length } = task;
  const outcome = screens.read(log, new Uint8Array(buffer, 0, length));
  const { movements } = outcome;
  port.postMessage({ kind: 'read', outcome, buffer } satisfies Answer, [buffer, movements.buffer]);
});
