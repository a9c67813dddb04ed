import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { LineTooLongError } from '../../../../kernel/lines.ts';
import { progressOf } from './engine-progress.ts';
import { PullProgress } from './pull-progress.ts';

const layer = (id: string, status: string, [current, total]: readonly number[] = []) => ({
  id,
  status,
  ...(current !== undefined && total !== undefined && { progressDetail: { current, total } }),
});

describe('the progress of a pull', () => {
  it('sums the layers, counts one that is done as whole, then says that it unpacks', () => {
    const progress = new PullProgress();
    const shown = [
      { status: 'Pulling from library/node' },
      layer('a', 'Pulling fs layer'),
      layer('a', 'Downloading', [1_000_000, 4_000_000]),
      layer('b', 'Downloading', [2_000_000, 20_000_000]),
      layer('a', 'Download complete'),
      layer('b', 'Verifying Checksum'),
      layer('b', 'Extracting', [1, 20_000_000]),
    ].map((line) => progress.take(line));
    expect(shown).toEqual([
      'pulling from library/node',
      'pulling fs layer',
      '1.0 of 4.0 MB',
      '3.0 of 24 MB',
      '6.0 of 24 MB',
      'unpacking',
      'unpacking',
    ]);
  });
});

describe("the engine's progress", () => {
  const read = (text: string) => Array.fromAsync(progressOf(Readable.from([Buffer.from(text)])));

  it('is one JSON object a line', async () => {
    expect(await read('{"status":"a"}\r\n\r\n{"status":"b"}')).toEqual([
      { status: 'a' },
      { status: 'b' },
    ]);
  });

  it('fails with its own words when a line says that it gave up', async () => {
    await expect(read('{"status":"a"}\n{"error":"no space left on device"}\n')).rejects.toThrow(
      'no space left on device',
    );
  });

  it('is refused where a line never ends', async () => {
    await expect(read(`{"status":"${'x'.repeat(1024 * 1024)}"}`)).rejects.toThrow(LineTooLongError);
  });
});
