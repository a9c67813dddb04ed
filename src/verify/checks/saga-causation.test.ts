import { describe, expect, test } from 'vitest';
import type { LogProfile } from '../facts.ts';
import { settingsBy } from '../settings.ts';
import { CLOUD_EVENTS } from '../source/cloud-events.ts';
import { LogWriter, ndjson } from '../testing/log-writer.ts';
import { memorySource, verifySources } from '../testing/verify-bytes.ts';
import type { VerifyOptions } from '../verify.ts';
import { sagaCausation } from './saga-causation.ts';

/** Events of one type, each with the id and the cause that are told. */
function caused(...pairs: readonly (readonly [id: string, cause?: string])[]): LogWriter {
  const writer = new LogWriter();
  for (const [id, cause] of pairs) {
    writer.attributes = cause === undefined ? {} : { causationid: cause };
    writer.append(`stream-${id}`, 'words.said', {}).id = id;
  }
  return writer;
}

/** `a` and four events that follow from it: causes of this type are in the log. */
const RESOLVED = [['a'], ['b', 'a'], ['c', 'a'], ['d', 'a'], ['e', 'a']] as const;

async function causation(
  logs: readonly LogWriter[],
  { profile, ...options }: Partial<VerifyOptions> & { profile?: Partial<LogProfile> } = {},
) {
  const sources = logs.map(({ events }, index) => ({
    ...memorySource(`log-${index}`, [ndjson(events)]),
    reading: { ...CLOUD_EVENTS, profile: { ...CLOUD_EVENTS.profile, ...profile } },
  }));
  const report = await verifySources(sources, { checks: [sagaCausation], ...options });
  const found = report.findings.map(({ actual, positions }) => `${positions.join(' ')}: ${actual}`);
  return { found, said: report.checks[0] };
}

describe('saga/causation', () => {
  test('a cause behind its effect, or itself, is none; one before it is', async () => {
    expect((await causation([caused(['a'], ['b', 'a'])])).found).toEqual([]);
    expect((await causation([caused(['a', 'b'], ['b'])])).found).toEqual([
      '1 2: effect at position 1, cause at position 2',
    ]);
    expect((await causation([caused(['a', 'a'])])).found).toEqual(['1: its own id']);
  });

  test('a cause that is nowhere is missing where causes of its type are in the log', async () => {
    expect((await causation([caused(...RESOLVED, ['f', 'none'])])).found).toEqual([
      '6: no such event',
    ]);
  });

  test('where they are not, it is in a log not supplied, or the id of a request', async () => {
    const few = caused(['a'], ['b', 'a'], ['c', 'a'], ['d', 'a'], ['f', 'none']);
    expect(await causation([few])).toMatchObject({
      found: [],
      said: { checked: 4, skipped: 1, reason: 'the cause is in none of the logs read' },
    });
  });

  test('a cause in another log is found, whichever is read first', async () => {
    const other = caused(['elsewhere']);
    const log = () => caused(...RESOLVED, ['f', 'elsewhere']);
    for (const logs of [
      [log(), other],
      [other, log()],
    ]) {
      expect(await causation(logs)).toMatchObject({ found: [], said: { skipped: 0 } });
    }
  });

  test('a cycle across logs is found, once, and so is one in a log without order', async () => {
    const [first, second] = [caused(['a', 'c'], ['x']), caused(['b', 'a'], ['c', 'b'])];
    expect((await causation([first, second])).found).toEqual(['1 1 2: a cycle of 3']);
    const ring = caused(['a', 'b'], ['b', 'a']);
    const profile = { order: 'none' as const };
    expect((await causation([ring], { profile })).found).toEqual(['1 2: a cycle of 2']);
    expect((await causation([caused(['a', 'b'], ['b'])], { profile })).found).toEqual([]);
  });

  test('a cycle in one log is told by what stands behind, and not again as a cycle', async () => {
    const logs = [caused(['a', 'b'], ['b', 'a']), caused(['x'])];
    expect((await causation(logs)).found).toEqual([
      '1 2: effect at position 1 of log-0, cause at position 2 of log-0',
    ]);
  });

  test('events that are missing may be the cause', async () => {
    const cut = caused(...RESOLVED, ['gone'], ['f', 'gone']);
    cut.events.splice(5, 1);
    const reason = 'events are missing, of which one may be the cause';
    expect(await causation([cut])).toMatchObject({ found: [], said: { skipped: 1, reason } });
    const whole = [caused(...RESOLVED, ['f', 'none'])];
    const profile = { startsInMiddle: true };
    expect(await causation(whole, { profile })).toMatchObject({ found: [], said: { reason } });
  });

  test('an event delivered again changes nothing', async () => {
    const twice = caused(...RESOLVED, ['b', 'a'], ['a']);
    expect((await causation([twice])).found).toEqual([]);
  });

  test('passes over parts of the ids find together what one pass finds', async () => {
    const log = caused(...RESOLVED, ['late', 'z'], ['own', 'own'], ['z']);
    const passes = [0, 1].map((part) =>
      causation([log], {
        settings: settingsBy(
          {},
          { isFirstPass: part === 0, owns: (key) => key.charCodeAt(0) % 2 === part },
        ),
      }),
    );
    const [first, second] = await Promise.all(passes);
    const whole = await causation([log]);
    const both = [...(first?.found ?? []), ...(second?.found ?? [])];
    expect(both.toSorted()).toEqual(whole.found.toSorted());
    expect((first?.said?.checked ?? 0) + (second?.said?.checked ?? 0)).toBe(whole.said?.checked);
  });

  test('past its limit of edges it looks for no cycles, and says so', async () => {
    const log = caused(['a', 'r'], ['b', 'r'], ['c', 'r']);
    const options = { settings: settingsBy({}, { maxKeys: 2, owns: () => false }) };
    const { said } = await causation([log], { ...options, profile: { order: 'none' } });
    expect(said).toMatchObject({ verdict: 'inconclusive', reason: expect.stringContaining('2') });
  });
});
