import { describe, expect, test } from 'vitest';
import type { OutboxConfig } from '../../model/verify-config.ts';
import type { CheckSettings } from '../contract.ts';
import type { LogProfile } from '../facts.ts';
import { settingsBy } from '../settings.ts';
import { LogWriter, ndjson } from '../testing/log-writer.ts';
import { publishedOf, topicSource } from '../testing/topic.ts';
import { memorySource, verifySources } from '../testing/verify-bytes.ts';
import { outboxGap } from './outbox-gap.ts';

const SOURCES = { committed: 'log.ndjson', published: 'topic.ndjson' };
const LONG_AFTER = Date.UTC(2028, 0, 1);

/** Events by their streams, one a second. */
function committed(...streams: string[]): LogWriter {
  const writer = new LogWriter();
  for (const stream of streams) writer.append(stream, 'words.said', { about: `about-${stream}` });
  return writer;
}

interface Options extends Partial<CheckSettings> {
  outbox?: Partial<OutboxConfig>;
  profile?: Partial<LogProfile>;
  topicFirst?: boolean;
}

/** @param order which of the events are published, by number from 0 */
async function outbox(
  { events }: LogWriter,
  order: readonly (number | object)[],
  { outbox: more, profile, topicFirst, ...settings }: Options = {},
) {
  const all = publishedOf(events);
  const published = order.map((one) => (typeof one === 'number' ? (all[one] ?? {}) : one));
  const topic = topicSource(ndjson(published));
  const reading = { ...topic.reading, profile: { ...topic.reading.profile, ...profile } };
  const sources = [memorySource('log.ndjson', [ndjson(events)]), { ...topic, reading }];
  const config = { outbox: { ...SOURCES, ...more } };
  const report = await verifySources(topicFirst === true ? sources.toReversed() : sources, {
    checks: [outboxGap],
    settings: settingsBy(config, { asOfMs: LONG_AFTER, ...settings }),
  });
  const found = report.findings.map(({ actual, positions }) => `${positions.join(' ')}: ${actual}`);
  return { found: found.toSorted(), said: report.checks[0] };
}

describe('outbox/gap', () => {
  test('what is committed is published, whichever source is read first', async () => {
    for (const topicFirst of [false, true]) {
      const { found, said } = await outbox(committed('a', 'b'), [0, 1], { topicFirst });
      expect(found).toEqual([]);
      expect(said).toMatchObject({ checked: 2, skipped: 0, verdict: 'consistent' });
      expect((await outbox(committed('a', 'b'), [1], { topicFirst })).found).toEqual(['1: none']);
    }
  });

  test('a relay may lag as long as is said, by the newest event of both or --as-of', async () => {
    const log = committed('a', 'b');
    const firstMs = Date.UTC(2027, 0, 1, 0, 0, 1);
    const lagging = (asOfMs: number | undefined, within?: string) =>
      outbox(log, [1], { asOfMs, ...(within !== undefined && { outbox: { within } }) });
    expect((await lagging(firstMs + 300_000)).found).toEqual([]);
    expect((await lagging(firstMs + 300_001)).found).toEqual(['1: none']);
    expect((await lagging(undefined)).found).toEqual([]);
    expect((await lagging(undefined, '999ms')).found).toEqual(['1: none']);
  });

  test('what is published was committed before', async () => {
    const log = committed('a', 'b');
    const ghost = { ...publishedOf(log.events)[0], id: 'ghost' };
    expect((await outbox(log, [0, ghost, 1])).found).toEqual(['line:2: none']);
    const later = { ...ghost, time: '2027-01-01T00:00:03Z' };
    expect(await outbox(log, [0, 1, later])).toMatchObject({
      found: [],
      said: { reason: 'it is published after the last commit that is read' },
    });
  });

  test('nothing is published twice, unless the topic says that it may be', async () => {
    const log = committed('a', 'b');
    expect((await outbox(log, [0, 1, 0])).found).toEqual(['line:1 line:3: two']);
    const profile = { redelivers: true };
    expect((await outbox(log, [0, 1, 0], { profile })).found).toEqual([]);
  });

  test('events of one stream keep their order; streams overtake each other', async () => {
    const log = committed('a', 'b', 'a', 'b');
    expect((await outbox(log, [1, 3, 0, 2])).found).toEqual([]);
    expect((await outbox(log, [2, 0, 1, 3])).found).toEqual(['line:1 line:2: overtaken']);
  });

  test('both sides may be joined by a place in the record', async () => {
    const log = committed('a', 'b');
    const renamed = publishedOf(log.events).map((event, index) => ({ ...event, id: `m-${index}` }));
    const key = { outbox: { key: 'data.about' } };
    expect((await outbox(log, renamed, key)).found).toEqual([]);
    expect((await outbox(log, renamed)).found).toHaveLength(4);
    const bare = { ...renamed[0], data: {} };
    const { said } = await outbox(log, [...renamed, bare], key);
    expect(said).toMatchObject({ skipped: 1, reason: 'the record has no key to join by' });
  });

  test('where one side has holes or begins in mid-life, what it lacks is skipped', async () => {
    const log = committed('a', 'b', 'c');
    const all = publishedOf(log.events);
    log.events.splice(1, 1);
    const reason = 'events of the other side may be missing';
    expect(await outbox(log, all)).toMatchObject({ found: [], said: { skipped: 1, reason } });
    const profile = { startsInMiddle: true };
    expect(await outbox(committed('a', 'b'), [1], { profile })).toMatchObject({
      found: [],
      said: { skipped: 1, reason },
    });
  });

  test('without verify.outbox, or one of its sources, it is inconclusive and says so', async () => {
    const bytes = [ndjson(committed('a').events)];
    const said = async (name: string, settings: CheckSettings) =>
      (await verifySources([memorySource(name, bytes)], { checks: [outboxGap], settings })).checks;
    expect(await said('log.ndjson', settingsBy({}))).toMatchObject([
      { verdict: 'inconclusive', skipped: 0, reason: 'fintech.yaml has no verify.outbox' },
    ]);
    expect(await said('log.ndjson', settingsBy({ outbox: SOURCES }))).toMatchObject([
      { verdict: 'inconclusive', reason: 'no event of "topic.ndjson" is read' },
    ]);
  });

  test('passes over parts of the keys find together what one pass finds', async () => {
    const log = committed('a', 'b', 'a', 'b', 'c', 'd', 'c', 'd');
    const order = [2, 0, 1, 5, 7, 6, 4, 4];
    const passes = await Promise.all(
      [0, 1].map((part) =>
        outbox(log, order, {
          isFirstPass: part === 0,
          owns: (key) => key.charCodeAt(0) % 2 === part,
        }),
      ),
    );
    const whole = await outbox(log, order);
    expect(whole.found.length).toBeGreaterThan(3);
    expect(passes.flatMap(({ found }) => found).toSorted()).toEqual(whole.found);
    const checked = passes.reduce((sum, { said }) => sum + (said?.checked ?? 0), 0);
    expect(checked).toBe(whole.said?.checked);
  });

  test('past its limit of messages it gives up', async () => {
    const { said } = await outbox(committed('a', 'b', 'c'), [0, 1, 2], { maxKeys: 2 });
    expect(said).toMatchObject({ verdict: 'inconclusive', reason: expect.stringContaining('2') });
  });
});
