import { expect, test } from 'vitest';
import { LogWriter, ndjson } from '../testing/log-writer.ts';
import { verifyBytes } from '../testing/verify-bytes.ts';
import { logOrder } from './log-order.ts';

const HINT = '; a filtered export is not a whole log: --skip log/order';

const messagesOf = async (...positions: number[]) => {
  const writer = new LogWriter();
  for (const position of positions) {
    writer.append('s', 'words.said', {}).globalposition = String(position);
  }
  const { findings } = await verifyBytes(ndjson(writer.events), { checks: [logOrder] });
  return findings.map(({ message }) => message.replace(/^.* breaks the order of the log: /, ''));
};

test('the first gap says what a filtered export is, the others do not', async () => {
  expect(await messagesOf(2, 3, 7)).toEqual([
    `expected position 1, found position 2 (1 is missing)${HINT}`,
    'expected position 4, found position 7 (4 to 6 are missing)',
  ]);
});

test('positions out of order are no filtered export', async () => {
  expect(await messagesOf(1, 1, 4)).toEqual([
    'expected position 2, found position 1, which is not after 1',
    'expected position 2, found position 4 (2 to 3 are missing)',
  ]);
});
