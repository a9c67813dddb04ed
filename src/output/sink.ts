import { hasErrnoCode } from '../kernel/errors.ts';
import type { Sink } from './reporter.ts';

/** A stream that waits for its reader, and knows when the reader is gone instead of failing. */
export function sinkOf(stream: NodeJS.WriteStream): Sink {
  let closed = false;
  stream.on('error', (error) => {
    closed = true;
    if (!hasErrnoCode(error, 'EPIPE')) process.exitCode = 1;
  });
  return {
    isTTY: stream.isTTY,
    columns: stream.columns ?? 80,
    get closed() {
      return closed;
    },
    write: (chunk) =>
      new Promise((resolve) => {
        if (closed) resolve();
        else stream.write(chunk, () => resolve());
      }),
  };
}
