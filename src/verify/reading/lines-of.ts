import { type ByteLine, LineSplitter } from '../../kernel/lines.ts';
import { MAX_LINE_BYTES, type SourcePart } from '../source/source.ts';

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** The lines of one part, a chunk's worth at a time: one step of an iterator a line would cost more than reading it. */
export async function* linesOf(part: SourcePart): AsyncGenerator<readonly ByteLine[]> {
  const splitter = new LineSplitter(MAX_LINE_BYTES);
  for await (const chunk of part.open()) yield splitter.push(chunk);
  const last = splitter.end();
  if (last !== undefined) yield [last];
}

/** A line without the byte order mark that stood before it. */
export function withoutMark(line: ByteLine): ByteLine | undefined {
  if (line.number !== 1 || !line.bytes.subarray(0, 3).equals(BYTE_ORDER_MARK)) return undefined;
  const length = BYTE_ORDER_MARK.length;
  return { ...line, bytes: line.bytes.subarray(length), offset: line.offset + length };
}
