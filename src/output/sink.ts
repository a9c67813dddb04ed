import type { Writable } from 'node:stream';
import { FintechError, hasErrnoCode } from '../kernel/errors.ts';
import { ReaderGoneError, type Sink } from './reporter.ts';

/** What may wait for a reader that stalls before lines are dropped. */
export const MAX_PENDING_BYTES: number = 4 * 1024 * 1024;

/** A stream that waits for its reader, and keeps why it broke instead of failing. */
export function sinkOf(stream: Writable): Sink {
  let broken: Error | undefined;
  let dropped = 0;
  const breakWith = (error: Error | null | undefined) => {
    broken ??= error ?? undefined;
  };
  stream.on('error', breakWith);
  const write: Sink['write'] = (chunk) =>
    new Promise((resolve) => {
      if (broken !== undefined) return resolve();
      stream.write(chunk, (error) => {
        breakWith(error);
        resolve();
      });
    });
  return {
    get broken() {
      return broken;
    },
    write,
    tell: (line) => {
      if (stream.writableLength > MAX_PENDING_BYTES) {
        dropped++;
        return;
      }
      const gap = dropped === 0 ? '' : `(${dropped} lines dropped: nobody read them)\n`;
      dropped = 0;
      void write(`${gap}${line}\n`);
    },
  };
}

/**
 * Writes a result. A reader that went away (`| head`) wanted no more of it.
 * @throws FintechError OUTPUT_FAILED
 */
export async function writeResult(stdout: Sink, chunk: string | Uint8Array): Promise<void> {
  await stdout.write(chunk);
  if (isFaulty(stdout)) {
    throw new FintechError('OUTPUT_FAILED', `stdout takes no more: ${stdout.broken.message}`, {
      hint: 'Free space where the output goes, or send it elsewhere.',
      cause: stdout.broken,
    });
  }
}

/**
 * Writes streamed data.
 * @throws ReaderGoneError when nobody reads it any more
 * @throws FintechError OUTPUT_FAILED
 */
export async function writeData(stdout: Sink, chunk: string | Uint8Array): Promise<void> {
  await writeResult(stdout, chunk);
  if (stdout.broken !== undefined) throw new ReaderGoneError();
}

/** Broken by more than a reader that went away. */
export function isFaulty(sink: Sink): sink is Sink & { broken: Error } {
  return sink.broken !== undefined && !hasErrnoCode(sink.broken, 'EPIPE');
}
