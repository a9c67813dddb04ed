import { expect, test } from 'vitest';
import type { TreeHead } from '../checkpoint/merkle-tree.ts';
import { settingsBy } from '../settings.ts';
import { MAX_LINE_BYTES } from '../source/source.ts';
import { bank } from '../testing/scenario.ts';
import { ndjson, type StoredEvent } from '../testing/log-writer.ts';
import { heldTo, treeHeadOf } from '../testing/tree-head.ts';
import { memorySource, verifySources } from '../testing/verify-bytes.ts';
import { logCheckpoint } from './log-checkpoint.ts';

const written = (amount: number) =>
  bank()
    .fund(amount)
    .post('t', [
      ['alice', 'debit', 5],
      ['bob', 'credit', 5],
    ]).events;
const events = () => written(100);
const whole = ndjson(events());

async function judge(
  parts: Buffer | Buffer[],
  saved: TreeHead | undefined,
  chunkBytes?: number,
): Promise<{ messages: string[]; said: object | undefined; head: TreeHead | undefined }> {
  let head: TreeHead | undefined;
  const settings = settingsBy(
    {},
    { checkpoint: { saved, onHead: (reached) => void (head = reached) } },
  );
  const source = memorySource('log.ndjson', [parts].flat(), chunkBytes);
  const report = await verifySources([source], { checks: [logCheckpoint], settings });
  return { messages: report.findings.map(({ message }) => message), said: report.checks[0], head };
}

const rebuilt = (change: (events: StoredEvent[]) => void) => {
  const all = events();
  change(all);
  return ndjson(all.map((event, at) => ({ ...event, globalposition: String(at + 1) })));
};

test('a log that grew extends its checkpoint, and gives the head of the next one', async () => {
  const { messages, said, head } = await judge(whole, treeHeadOf(whole, 3));
  expect(messages).toEqual([]);
  expect(said).toMatchObject({ verdict: 'consistent', checked: 3, skipped: 0 });
  expect(head).toEqual(treeHeadOf(whole));
});

test.each([1, 7, 1000])('chunks of %i bytes and parts give the same tree', async (chunkBytes) => {
  const cut = whole.indexOf('\n') + 1;
  const parts = [whole.subarray(0, cut), whole.subarray(cut)];
  const { messages, head } = await judge(parts, treeHeadOf(whole, 4), chunkBytes);
  expect(messages).toEqual([]);
  expect(head).toEqual(treeHeadOf(whole));
});

test.each([
  ['edited', rebuilt(([first]) => first && (first.data['currency'] = 'USD'))],
  ['edited by one space', Buffer.from(whole.toString().replace('","', '", "'))],
  ['inserted', rebuilt((all) => void all.splice(2, 0, ...all.slice(0, 1)))],
  ['removed, and the log written on', rebuilt((all) => void all.push(...all.splice(1, 1)))],
  ['moved', rebuilt((all) => void all.splice(0, 2, ...all.slice(0, 2).reverse()))],
  ['made CRLF', Buffer.from(whole.toString().replaceAll('\n', '\r\n'))],
  ['given a byte order mark', Buffer.concat([Buffer.from('\ufeff'), whole])],
])('a log with a line %s is not the one of the checkpoint', async (_, log) => {
  const { messages } = await judge(log, treeHeadOf(whole));
  expect(messages).toEqual([
    expect.stringContaining('the first 5 lines of the log are not those of its checkpoint'),
  ]);
});

test('a whole log rebuilt by an insider, consistent in itself, is found at its last line', async () => {
  const other = ndjson(written(90));
  const settings = settingsBy({}, heldTo(treeHeadOf(whole)));
  const { findings } = await verifySources([memorySource('log', [other])], { settings });
  expect(findings.map(({ check, positions }) => [check, positions])).toEqual([
    ['log/checkpoint', ['5']],
  ]);
});

test('a log shorter than its checkpoint was rolled back', async () => {
  const short = ndjson(events().slice(0, 3));
  expect((await judge(short, treeHeadOf(whole))).messages).toEqual([
    'the log was rolled back: its tail was cut off, or an older backup was restored: expected 5 lines or more, found 3 lines',
  ]);
  expect((await judge(Buffer.alloc(0), treeHeadOf(whole))).messages).toHaveLength(1);
});

test('control lines and a torn last line are no leaves; a blank line is one', async () => {
  const control = Buffer.from('{"control":"heartbeat","position":"5"}\n');
  const torn = Buffer.concat([whole, control, Buffer.from('{"specversion":"1.')]);
  expect((await judge(torn, treeHeadOf(whole))).head).toEqual(treeHeadOf(whole));
  const blank = Buffer.concat([whole, Buffer.from(' \n')]);
  expect((await judge(blank, treeHeadOf(whole))).head).toEqual(treeHeadOf(blank));
});

test('a last line without a line feed is the same leaf as with one', async () => {
  expect((await judge(whole.subarray(0, -1), undefined)).head).toEqual(treeHeadOf(whole));
});

test('without a checkpoint it is inconclusive, the first one too', async () => {
  expect((await judge(whole, undefined)).said).toMatchObject({
    verdict: 'inconclusive',
    reason: 'there is no checkpoint yet',
  });
  const source = memorySource('log', [whole]);
  const { checks } = await verifySources([source], { checks: [logCheckpoint] });
  expect(checks[0]).toMatchObject({ verdict: 'inconclusive', reason: 'no --checkpoint was given' });
});

test('every log extends the checkpoint of an empty one', async () => {
  const { messages, said } = await judge(whole, treeHeadOf(Buffer.alloc(0)));
  expect([messages, said]).toEqual([[], expect.objectContaining({ verdict: 'consistent' })]);
});

test('a line that is too long to be read leaves it inconclusive, without a next head', async () => {
  const long = Buffer.concat([Buffer.alloc(MAX_LINE_BYTES + 1, ' '), Buffer.from('\n'), whole]);
  const { said, head } = await judge(long, treeHeadOf(whole));
  expect([said, head]).toEqual([
    expect.objectContaining({ verdict: 'inconclusive', skipped: 1 }),
    undefined,
  ]);
});
