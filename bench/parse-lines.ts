/**
 * How long `JSON.parse` of every line of a file takes, by itself: `node bench/parse-lines.ts <file>
 * <threads>`. Prints milliseconds. The file is in memory before the clock starts.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

interface Share {
  bytes: Uint8Array;
  from: number;
  to: number;
}

function parseLines({ bytes, from, to }: Share): number {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let lines = 0;
  for (let start = from; start < to; lines++) {
    const end = buffer.indexOf(10, start);
    JSON.parse(buffer.toString('utf8', start, end));
    start = end + 1;
  }
  return lines;
}

if (isMainThread) {
  const [, , file = '', threads = '1'] = process.argv;
  const read = readFileSync(file);
  const bytes = new Uint8Array(new SharedArrayBuffer(read.length));
  bytes.set(read);
  const half = threads === '1' ? bytes.length : bytes.indexOf(10, bytes.length >> 1) + 1;
  const startMs = performance.now();
  if (threads === '1') parseLines({ bytes, from: 0, to: half });
  else {
    const other = new Worker(import.meta.filename, {
      workerData: { bytes, from: half, to: bytes.length } satisfies Share,
    });
    const done = once(other, 'message');
    parseLines({ bytes, from: 0, to: half });
    await done;
  }
  console.log(performance.now() - startMs);
} else {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows
  parentPort?.postMessage(parseLines(workerData as Share));
}
