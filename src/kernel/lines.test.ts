import { expect, test } from 'vitest';
import { type ByteLine, LineSplitter, LineTooLongError, splitLines } from './lines.ts';
import { seededRandom } from './random.ts';

async function* inChunks(bytes: Buffer, sizes: () => number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length;) {
    const size = sizes();
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

const linesOf = async (text: string, { size = 1000, limit = 100 } = {}) => {
  const lines: ByteLine[] = [];
  for await (const line of splitLines(
    inChunks(Buffer.from(text), () => size),
    limit,
  )) {
    lines.push(line);
  }
  return lines.map(({ bytes, offset, number, terminated }) => [
    bytes.toString(),
    offset,
    number,
    terminated,
  ]);
};

test('lines carry their offset, their number, and whether a line feed ended them', async () => {
  expect(await linesOf('ä\n\nlast')).toEqual([
    ['ä', 0, 1, true],
    ['', 3, 2, true],
    ['last', 4, 3, false],
  ]);
});

test('an empty stream has no line, a lone line feed has one', async () => {
  expect(await linesOf('')).toEqual([]);
  expect(await linesOf('\n')).toEqual([['', 0, 1, true]]);
});

test('a line at the limit passes, one byte more does not', async () => {
  expect(await linesOf('12345\n', { limit: 5 })).toHaveLength(1);
  await expect(linesOf('ok\n123456\n', { limit: 5 })).rejects.toThrow(
    new LineTooLongError({ offset: 3, number: 2 }, 5),
  );
});

test('an endless line is refused before it ends', async () => {
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) yield Buffer.alloc(10, 'x');
  }
  await expect(splitLines(endless(), 100).next()).rejects.toThrow(LineTooLongError);
});

test('a splitter drops a line that is too long and goes on behind it', () => {
  const splitter = new LineSplitter(5);
  const lines = [
    ...splitter.push(Buffer.from('a\n123')),
    ...splitter.push(Buffer.from('456')),
    ...splitter.push(Buffer.from('789\nb')),
  ];
  expect(
    lines.map(({ bytes, offset, number, tooLong }) => [bytes.toString(), offset, number, tooLong]),
  ).toEqual([
    ['a', 0, 1, false],
    ['', 2, 2, true],
  ]);
  expect(splitter.end()).toMatchObject({ offset: 12, number: 3, terminated: false });
});

test('how the bytes are cut into chunks does not matter', async () => {
  const text = 'one\ntwo ü\n\n{"a":"😀"}\r\nlast';
  const whole = await linesOf(text);
  const random = seededRandom('chunks');
  for (let round = 0; round < 50; round++) {
    const lines: string[] = [];
    const chunks = inChunks(Buffer.from(text), () => 1 + Math.floor(random.fraction() * 4));
    for await (const { bytes } of splitLines(chunks, 100)) lines.push(bytes.toString());
    expect(lines).toEqual(whole.map(([line]) => line));
  }
});
