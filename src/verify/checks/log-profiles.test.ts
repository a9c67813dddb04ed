import { describe, expect, test } from 'vitest';
import type { LogProfile } from '../facts.ts';
import { CLOUD_EVENTS, GAPLESS_LOG } from '../source/cloud-events.ts';
import { CHECKS } from './catalogue.ts';
import { memorySource, verifySources } from '../testing/verify-bytes.ts';
import { ndjson } from '../testing/log-writer.ts';

interface Sent {
  id?: string;
  stream?: string;
  revision?: number;
  position?: number;
  data?: object;
}

/** What the checks of the log say of these events where it promises no more than `profile`. */
async function judge(profile: Partial<LogProfile>, sent: readonly Sent[]) {
  const events = sent.map(({ id, stream = 's', revision, position, data = {} }, index) => ({
    specversion: '1.0',
    id: id ?? `evt-${index}`,
    source: '/s',
    type: 'com.acme.any',
    subject: stream,
    data,
    ...(revision !== undefined && { streamrevision: revision }),
    ...(position !== undefined && { globalposition: String(position) }),
  }));
  const reading = { ...CLOUD_EVENTS, profile: { ...GAPLESS_LOG, ...profile } };
  const source = { ...memorySource('log', [ndjson(events)]), reading };
  const names = new Set(['log/order', 'log/revisions', 'log/id-reuse', 'log/duplicates']);
  const checks = CHECKS.filter(({ id }) => names.has(id));
  const report = await verifySources([source], { checks });
  return {
    found: report.findings.map(({ check, actual }) => `${check}: ${actual}`),
    skipped: report.checks.flatMap(({ id, skipped, reason }) =>
      skipped > 0 ? [`${id}: ${skipped}, ${reason}`] : [],
    ),
  };
}

describe('positions', () => {
  const holes = [{ position: 4 }, { position: 9 }];

  test('may have holes where they are only said to rise, but not go back or repeat', async () => {
    expect((await judge({ order: 'increasing' }, holes)).found).toEqual([]);
    expect((await judge({}, holes)).found).toHaveLength(2);
    const back = [...holes, { position: 9 }, { position: 8 }];
    expect((await judge({ order: 'increasing' }, back)).found).toEqual([
      'log/order: position 9, which is not after 9',
      'log/order: position 8, which is not after 9',
    ]);
  });

  test('mean nothing where the log says so', async () => {
    const { found, skipped } = await judge({ order: 'none' }, [{ position: 9 }, { position: 1 }]);
    expect(found).toEqual([]);
    expect(skipped).toContain('log/order: 2, the log promises no order');
  });

  test('begin anywhere in a log that starts in mid-life, and have no gap from there', async () => {
    const starts = { startsInMiddle: true };
    expect((await judge(starts, [{ position: 40 }, { position: 41 }])).found).toEqual([]);
    expect((await judge(starts, [{ position: 40 }, { position: 42 }])).found).toEqual([
      'log/order: position 42 (41 is missing)',
    ]);
  });
});

describe('revisions', () => {
  test('begin where the log says', async () => {
    const fromOne = [{ revision: 1 }, { revision: 2 }];
    expect((await judge({ firstRevision: 1 }, fromOne)).found).toEqual([]);
    expect((await judge({}, fromOne)).found).toEqual(['log/revisions: revision 1']);
    expect((await judge({ firstRevision: 1 }, [{ revision: 0 }])).found).toHaveLength(1);
  });

  test('begin anywhere in a log that starts in mid-life, and have no gap from there', async () => {
    const sent = [{ revision: 7 }, { revision: 8 }, { revision: 10 }];
    expect((await judge({ startsInMiddle: true }, sent)).found).toEqual([
      'log/revisions: revision 10',
    ]);
  });

  test('are not looked at where the log has none', async () => {
    const { found, skipped } = await judge({ firstRevision: undefined }, [{ revision: 7 }]);
    expect(found).toEqual([]);
    expect(skipped).toContain('log/revisions: 1, the log has no revisions');
  });
});

describe('an event delivered again', () => {
  const again = [
    { id: 'a', revision: 0, position: 1 },
    { id: 'b', revision: 1, position: 2 },
    { id: 'a', revision: 0, position: 1 },
  ];

  test('is counted where the log may deliver it again', async () => {
    const { found, skipped } = await judge({ redelivers: true }, again);
    expect(found).toEqual([]);
    expect(skipped).toEqual([
      'log/revisions: 1, the event was delivered before',
      'log/order: 1, the event was delivered before',
      'log/duplicates: 1, the log may deliver an event again',
    ]);
  });

  test('is found where it may not', async () => {
    const { found } = await judge({}, again);
    const checks = new Set(found.map((line) => line.split(':')[0]));
    expect(checks).toEqual(new Set(['log/duplicates', 'log/order', 'log/revisions']));
  });

  test('is found where its body is another', async () => {
    const other = [{ id: 'a' }, { id: 'a', data: { changed: true } }];
    expect((await judge({ redelivers: true }, other)).found).toEqual([
      'log/id-reuse: the same source and id, another body',
    ]);
  });
});
