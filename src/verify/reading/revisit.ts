import type { JsonNode } from '../../kernel/json-text.ts';
import type { ByteLine } from '../../kernel/lines.ts';
import type { Source } from '../source/source.ts';
import { linesOf, withoutMark } from './lines-of.ts';
import { readLine } from './read-line.ts';

/**
 * Reads a source once more and visits only these lines, counted from 1 through all its parts.
 * Stops behind the last of them.
 */
export async function visitLines(
  source: Source,
  wanted: ReadonlySet<number>,
  visit: (line: number, bytes: ByteLine) => void,
): Promise<void> {
  let left = wanted.size;
  let before = 0;
  for (const part of source.parts) {
    let read = 0;
    for await (const lines of linesOf(part)) {
      for (const line of lines) {
        read = line.number;
        if (!wanted.has(before + line.number)) continue;
        left--;
        visit(before + line.number, line);
      }
      if (left === 0) return;
    }
    before += read;
  }
}

/** As `visitLines`, for those that can be read. */
export function revisit(
  source: Source,
  wanted: ReadonlySet<number>,
  visit: (line: number, node: JsonNode) => void,
): Promise<void> {
  return visitLines(source, wanted, (number, line) => {
    const reading = readLine((withoutMark(line) ?? line).bytes);
    if (reading.ok) visit(number, reading.node);
  });
}
