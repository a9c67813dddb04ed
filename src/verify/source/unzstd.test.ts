import { zstdCompressSync, constants } from 'node:zlib';
import { expect, test } from 'vitest';
import { converted, refusal } from './converting.fixture.ts';
import { unzstd } from './unzstd.ts';

const read = (bytes: Uint8Array, chunkBytes = 65_536) => converted(unzstd, bytes, { chunkBytes });
const frame = (text: string, checksum = false) =>
  zstdCompressSync(text, { params: { [constants.ZSTD_c_checksumFlag]: Number(checksum) } });
const skippable = Buffer.from([0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
/** Text that needs several blocks and does not shrink to nothing. */
const long = Array.from({ length: 60_000 }, (_, index) => `${index * 7919}\n`).join('');

test('frames are joined, with and without a checksum, skippable ones passed over', async () => {
  const bytes = Buffer.concat([
    skippable,
    frame('one\n'),
    skippable,
    frame('two\n', true),
    frame(''),
  ]);
  for (const chunkBytes of [1, 5, 1000]) expect(await read(bytes, chunkBytes)).toBe('one\ntwo\n');
});

test('a text of many blocks comes through whole, and one of nothing but repetition', async () => {
  expect(await read(frame(long), 1000)).toBe(long);
  const zeros = '0'.repeat(1_000_000);
  expect(await read(Buffer.concat([frame(zeros), frame(long, true)]), 100_000)).toBe(zeros + long);
});

test('a cut frame says how far its text goes, wherever it is cut', async () => {
  const whole = Buffer.concat([frame('one\n'), frame('two\n', true)]);
  const ends = new Set([frame('one\n').length, whole.length]);
  for (let end = 1; end < whole.length; end++) {
    if (ends.has(end)) continue;
    expect(await refusal(read(whole.subarray(0, end))), `${end} bytes`).toMatch(
      /^file: the zstd data is damaged or cut off behind byte [04] of its text/,
    );
  }
});

test('a damaged frame is refused', async () => {
  const damaged = Buffer.from(frame(long, true));
  damaged.writeUInt8(damaged.readUInt8(damaged.length - 2) ^ 1, damaged.length - 2);
  expect(await refusal(read(damaged))).toMatch(/^file: the zstd data is damaged/);
});

test('what is no frame behind one is refused', async () => {
  const bytes = Buffer.concat([frame('one\n'), Buffer.from('more')]);
  expect(await refusal(read(bytes))).toMatch(/\(no frame at byte \d+\)$/);
});

test('a reader that stops early leaves it without complaint', async () => {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield frame(long);
  }
  for await (const chunk of unzstd('file', chunks())) {
    expect(chunk.length).toBeGreaterThan(0);
    break;
  }
});
