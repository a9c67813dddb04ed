import { describe, expect, test } from 'vitest';
import { settingsBy } from '../settings.ts';
import { CLOUD_EVENTS } from '../source/cloud-events.ts';
import { LogWriter, ndjson } from '../testing/log-writer.ts';
import { memorySource, verifySources } from '../testing/verify-bytes.ts';
import { logClock } from './log-clock.ts';

/** Events by when they occurred and when they were recorded; a source where one is said. */
function timed(
  ...times: readonly (readonly [occurred: string, recorded: string, source?: string])[]
) {
  const writer = new LogWriter();
  for (const [time, recordedtime, source = '/s'] of times) {
    Object.assign(writer.append('s', 'words.said', {}), { time, recordedtime, source });
  }
  return writer;
}

const START_MS = Date.UTC(2027, 0, 1);
const at = (seconds: number) => new Date(START_MS + seconds * 1000).toISOString();

/** An event a second; from the twentieth on, as late as is said. */
const shifted = (lateSeconds: number, events = 40, source = '/s') =>
  timed(
    ...Array.from({ length: events }, (_, second) => {
      const late = second < 20 ? 0 : lateSeconds;
      return [at(second - late), at(second), source] as const;
    }),
  );

async function clock(writer: LogWriter, order: 'gapless' | 'none' = 'gapless') {
  const source = memorySource('log', [ndjson(writer.events)]);
  const reading = { ...CLOUD_EVENTS, profile: { ...CLOUD_EVENTS.profile, order } };
  const report = await verifySources([{ ...source, reading }], { checks: [logClock] });
  const found = report.findings.map(({ actual, positions }) => `${positions.join(' ')}: ${actual}`);
  return { found, said: report.checks[0], verdict: report.verdict };
}

describe('times of recording', () => {
  test('do not go back; one instant may hold several events', async () => {
    expect((await clock(timed([at(1), at(1)], [at(1), at(1)]))).found).toEqual([]);
    const back = timed([at(1), at(5)], [at(1), at(4)], [at(1), at(4.5)], [at(1), at(5)]);
    expect((await clock(back)).found).toEqual(['1 2: 1.0 s back', '1 3: 500 ms back']);
    expect((await clock(back, 'none')).found).toEqual([]);
  });

  test('weigh medium: they fail a run only where it is strict', async () => {
    expect((await clock(timed([at(1), at(5)], [at(1), at(4)]))).verdict).toBe('consistent');
  });
});

describe('an event', () => {
  test('does not occur more than a second after it was recorded', async () => {
    expect((await clock(timed([at(2), at(1)]))).found).toEqual([]);
    expect((await clock(timed([at(2.001), at(1)]))).found).toEqual(['1: 1.0 s after it']);
  });

  test('may have occurred at any time before: a backfill', async () => {
    const old = [3600, 7200, 90_000, 12, 5_400].map((age, index) => [at(-age), at(index)] as const);
    expect((await clock(timed(...old))).found).toEqual([]);
  });

  test('without times that can be read is skipped', async () => {
    const { said } = await clock(timed(['soon', at(1)], [at(1), 'later']));
    expect(said).toMatchObject({ checked: 0, skipped: 2, verdict: 'inconclusive' });
  });
});

describe('the clock of a source', () => {
  test.each([
    [3600, '20 21: 1 h back'],
    [5.5 * 3600, '20 21: 5.5 h back'],
    [14 * 3600, '20 21: 14 h back'],
  ])('that jumps by %d seconds and stays there has lost its offset', async (seconds, found) => {
    expect((await clock(shifted(seconds))).found).toEqual([found]);
  });

  test.each([[20], [600], [3700], [27 * 3600], [86_400 * 30 + 60]])(
    'that is %d seconds late has lost none',
    async (seconds) => {
      expect((await clock(shifted(seconds))).found).toEqual([]);
    },
  );

  test('that comes back at once has not jumped: a few old events were delivered', async () => {
    const backfill = shifted(3600, 40);
    for (const event of backfill.events.slice(24)) event.time = event.recordedtime;
    expect((await clock(backfill)).found).toEqual([]);
  });

  test('that writes summer time with its offset goes on', async () => {
    const events = Array.from({ length: 40 }, (_, second) => {
      const offset = second < 20 ? 1 : 2;
      const local = at(second + offset * 3600).replace('Z', `+0${offset}:00`);
      return [local, at(second)] as const;
    });
    expect((await clock(timed(...events))).found).toEqual([]);
  });

  test('is its own: another source that is always an hour late does not disturb it', async () => {
    const both = Array.from({ length: 60 }, (_, second) =>
      second % 2 === 0
        ? ([at(second), at(second), '/a'] as const)
        : ([at(second - 3600), at(second), '/b'] as const),
    );
    expect((await clock(timed(...both))).found).toEqual([]);
  });
});

test('each pass counts the events of its sources; times of recording belong to the first', async () => {
  const writer = timed([at(5), at(5), '/a'], [at(1), at(4), '/b'], [at(6), at(6), '/c']);
  const source = memorySource('log', [ndjson(writer.events)]);
  const pass = async (isFirstPass: boolean) => {
    const owns = (key: string) => (key.charCodeAt(0) % 2 === 0) === isFirstPass;
    const settings = settingsBy({}, { isFirstPass, owns });
    return (await verifySources([source], { checks: [logClock], settings })).checks[0];
  };
  const [first, second] = [await pass(true), await pass(false)];
  expect((first?.checked ?? 0) + (second?.checked ?? 0)).toBe(3);
  expect([first?.found, second?.found]).toEqual([1, 0]);
});
