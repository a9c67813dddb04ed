import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { FintechError } from '../kernel/errors.ts';
import { ReaderGoneError } from './reporter.ts';
import { MAX_PENDING_BYTES, sinkOf, writeData, writeResult } from './sink.ts';

/** A reader that takes nothing until it wakes up. */
class StallingReader extends Writable {
  text = '';
  #awake = false;
  #resume: (() => void) | undefined;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    if (this.#awake) done();
    else this.#resume = done;
  }

  wake(): void {
    this.#awake = true;
    this.#resume?.();
  }
}

/** A stream whose every write fails. */
const failing = (code: string) =>
  new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error(`${code}: sorry`), { code })),
  });

describe('lines that nobody waits for', () => {
  it('are dropped while the reader stalls, and counted when it wakes up', async () => {
    const reader = new StallingReader();
    const sink = sinkOf(reader);
    const line = 'x'.repeat(1023);
    const fitting = MAX_PENDING_BYTES / 1024;
    for (let count = 0; count < fitting + 1000; count++) sink.tell(line);
    expect(reader.writableLength).toBeGreaterThan(MAX_PENDING_BYTES);
    expect(reader.writableLength).toBeLessThanOrEqual(MAX_PENDING_BYTES + 1024);

    reader.wake();
    await sink.write('');
    sink.tell('last');
    sink.tell('line');
    await sink.write('');
    const lines = reader.text.trimEnd().split('\n');
    expect(lines.filter((each) => each === line)).toHaveLength(fitting + 1);
    expect(lines.slice(-3)).toEqual(['(999 lines dropped: nobody read them)', 'last', 'line']);
  });

  it('go nowhere once the stream is broken', async () => {
    const sink = sinkOf(failing('EIO'));
    sink.tell('a');
    await sink.write('b');
    sink.tell('c');
    expect(sink.broken?.message).toBe('EIO: sorry');
  });
});

describe('a result', () => {
  it('for a reader that went away is done', async () => {
    const sink = sinkOf(failing('EPIPE'));
    await writeResult(sink, 'a');
    await writeResult(sink, 'b');
    await expect(writeData(sink, 'c')).rejects.toThrow(ReaderGoneError);
  });

  it.each(['ENOSPC', 'EIO'])('that %s keeps from being written fails', async (code) => {
    const sink = sinkOf(failing(code));
    const failed = expect.objectContaining({ code: 'OUTPUT_FAILED', exitCode: 5 }) as FintechError;
    await expect(writeResult(sink, 'a')).rejects.toEqual(failed);
    await expect(writeData(sink, 'b')).rejects.toEqual(failed);
  });
});
