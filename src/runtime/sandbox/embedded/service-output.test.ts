import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { LINE_LEFT_OUT, MAX_LINE_BYTES } from '../log-file.ts';
import { forEachLine } from './service-output.ts';

async function linesOf(...chunks: string[]): Promise<string[]> {
  const lines: string[] = [];
  await forEachLine(Readable.from(chunks.map((chunk) => Buffer.from(chunk))), (line) => {
    lines.push(line);
  });
  return lines;
}

it('hands on lines of either line end, the last one without any', async () => {
  expect(await linesOf('one\r\ntw', 'o\n\nthree')).toEqual(['one', 'two', '', 'three']);
});

it('leaves out a line that passes the limit, says so, and goes on with the next', async () => {
  const longest = 'x'.repeat(MAX_LINE_BYTES);
  expect(await linesOf(`${longest}\n`)).toEqual([longest]);
  expect(await linesOf(longest, 'x', longest, '\nnext\n')).toEqual([LINE_LEFT_OUT, 'next']);
  expect(await linesOf(longest, 'x')).toEqual([LINE_LEFT_OUT]);
});
