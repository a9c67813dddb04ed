import { type ByteLine, LineSplitter } from '../../../kernel/lines.ts';
import { LINE_LEFT_OUT, MAX_LINE_BYTES } from '../log-file.ts';

/**
 * Hands on what a service prints, line by line. It reads on only when lines were taken, so that a
 * service which prints faster has to wait; a line past `MAX_LINE_BYTES` is left out and marked.
 */
export async function forEachLine(
  output: AsyncIterable<Uint8Array>,
  take: (line: string) => void,
): Promise<void> {
  const splitter = new LineSplitter(MAX_LINE_BYTES);
  for await (const chunk of output) {
    for (const line of splitter.push(chunk)) take(textOf(line));
  }
  const last = splitter.end();
  if (last !== undefined) take(textOf(last));
}

function textOf({ bytes, tooLong }: ByteLine): string {
  return tooLong ? LINE_LEFT_OUT : bytes.toString().replace(/\r$/, '');
}
