import { describe, expect, test } from 'vitest';
import type { VerifyConfig } from '../../model/verify-config.ts';
import type { LogProfile } from '../facts.ts';
import { settingsBy } from '../settings.ts';
import { CLOUD_EVENTS } from '../source/cloud-events.ts';
import type { Reading, Vocabulary } from '../source/source.ts';
import { LogWriter, ndjson } from '../testing/log-writer.ts';
import { Scenario } from '../testing/scenario.ts';
import { memorySource, verifySources } from '../testing/verify-bytes.ts';
import type { VerifyOptions } from '../verify.ts';
import { sagaCompletion } from './saga-completion.ts';

const EUR = { amount: 5, currency: 'EUR' };
const DATA: Readonly<Record<string, object>> = {
  initiated: { ...EUR, from: 'alice', to: 'bob' },
  authorised: { ...EUR, holdId: 'h' },
};
let number = 0;
const money = () => ({ ...EUR, transactionId: `t-${++number}`, refundId: `r-${number}` });

const paid = (...steps: string[]) => {
  const scenario = new Scenario();
  for (const step of steps) scenario.pay('p', step, DATA[step] ?? money());
  return scenario;
};

interface Options extends Partial<VerifyOptions> {
  profile?: Partial<LogProfile>;
  reading?: Partial<Reading>;
}

async function completion(
  logs: readonly LogWriter[],
  { profile, reading, ...options }: Options = {},
) {
  const sources = logs.map(({ events }, index) => ({
    ...memorySource(`log-${index}`, [ndjson(events)]),
    reading: { ...CLOUD_EVENTS, ...reading, profile: { ...CLOUD_EVENTS.profile, ...profile } },
  }));
  const report = await verifySources(sources, { checks: [sagaCompletion], ...options });
  const found = report.findings.map(({ actual, positions }) => `${positions.join(' ')}: ${actual}`);
  return { found, said: report.checks[0], findings: report.findings };
}

/** So many days after the first event. */
const after = (days: number, config: VerifyConfig = {}) => ({
  settings: settingsBy(config, { asOfMs: Date.UTC(2027, 0, 1 + days) }),
});

describe('a payment', () => {
  test.each([
    [['initiated', 'authorised', 'captured', 'settled'], []],
    [['initiated', 'authorised', 'captured', 'captured', 'settled', 'refunded', 'refunded'], []],
    [['initiated', 'authorised', 'captured', 'refunded', 'settled', 'charged-back'], []],
    [['initiated', 'declined'], []],
    [['initiated', 'authorised', 'voided'], []],
    [['initiated', 'captured'], ['1 2: captured']],
    [['initiated', 'authorised', 'refunded'], ['2 3: refunded']],
    [['initiated', 'authorised', 'captured', 'voided'], ['3 4: voided']],
    [['initiated', 'declined', 'authorised', 'captured', 'settled'], ['2 3: authorised']],
    [['initiated', 'authorised', 'captured', 'settled', 'captured'], ['4 5: captured']],
  ])('%j', async (steps, expected) => {
    expect((await completion([paid(...steps)])).found).toEqual(expected);
  });

  test('must go on within 7 days of its last step, and not a moment sooner', async () => {
    const open = paid('initiated', 'authorised', 'captured', 'refunded');
    expect((await completion([open])).found).toEqual([]);
    expect((await completion([open], after(7))).found).toEqual([]);
    expect((await completion([open], after(8))).found).toEqual(['4: still captured']);
    expect((await completion([paid('initiated', 'declined')], after(99))).found).toEqual([]);
  });

  test('that came late, but came, is complete; the newest event says how late it is', async () => {
    const late = paid('initiated', 'authorised', 'captured', 'settled');
    const settled = late.events[3];
    if (settled !== undefined) settled.time = '2027-02-01T00:00:00Z';
    expect((await completion([late])).found).toEqual([]);
    const open = paid('initiated');
    open.append('s', 'words.said', {}).time = '2027-02-01T00:00:00Z';
    expect((await completion([open])).found).toEqual(['1: still initiated']);
  });

  test('delivered again, or recorded again by a retry, takes no step', async () => {
    const again = paid('initiated', 'authorised', 'captured', 'settled');
    const [, , captured] = again.events;
    if (captured !== undefined) {
      again.store({ ...captured });
      again.append(captured.subject, 'payments.captured', captured.data);
    }
    expect((await completion([again])).found).toEqual([]);
  });

  test('without a start is found where others have one, and skipped where none has', async () => {
    const headless = paid('captured', 'settled');
    expect(await completion([headless], after(99))).toMatchObject({
      found: [],
      said: { skipped: 1, reason: 'no start of a payment is in the log' },
    });
    headless.pay('q', 'initiated', DATA['initiated'] ?? {});
    expect((await completion([headless])).found).toEqual(['1: another step']);
    const profile = { startsInMiddle: true };
    expect((await completion([headless], { profile })).found).toEqual([]);
  });

  test('of which events are missing or cannot be read is skipped, not found', async () => {
    const cut = paid('initiated', 'authorised', 'captured', 'settled');
    cut.events.splice(1, 1);
    const reason = 'events between two of its steps are missing';
    expect(await completion([cut])).toMatchObject({ found: [], said: { reason } });
    const unread = paid('initiated', 'authorised', 'captured', 'settled');
    if (unread.events[1] !== undefined) unread.events[1].data = {};
    expect(await completion([unread])).toMatchObject({ found: [], said: { skipped: 2 } });
    const tail = paid('initiated', 'authorised');
    if (tail.events[1] !== undefined) tail.events[1].data = {};
    expect((await completion([tail], after(99))).found).toEqual([]);
  });

  test('whose steps stand in several logs, or in one without order, still has to end', async () => {
    const [first, second] = [paid('captured', 'settled'), paid('initiated', 'authorised')];
    for (const event of second.events) event.source = '/services/payments';
    expect((await completion([first, second], after(99))).found).toEqual([]);
    const profile = { order: 'none' as const };
    expect((await completion([first], { profile, ...after(99) })).found).toEqual([]);
    expect((await completion([second], { profile, ...after(99) })).found).toEqual([
      '2: still authorised',
    ]);
  });
});

describe('a process of verify.sagas', () => {
  const claim = { start: ['requested'], next: { requested: ['approved', 'rejected'] } };
  const config = (more: object = {}): VerifyConfig => ({
    sagas: { claim: { ...claim, end: ['approved', 'rejected'], deadline: '2d', ...more } },
  });
  const steps: Vocabulary = {
    reads: () => [],
    start: (emit) => ({
      read: (event) => {
        const [name = '', step = ''] = event.stream?.split('/') ?? [];
        emit({ kind: 'saga', event, name, key: 'k', step });
      },
      end: () => {},
    }),
  };
  const process = (...streams: string[]) => {
    const writer = new LogWriter();
    for (const stream of streams) writer.append(stream, 'words.said', {});
    return writer;
  };
  const run = (log: LogWriter, options: Options) =>
    completion([log], { reading: { vocabulary: steps }, ...options });

  test('is held to its steps and its deadline', async () => {
    const open = process('claim/requested');
    expect((await run(open, after(2, config()))).found).toEqual([]);
    expect((await run(open, after(3, config()))).found).toEqual(['1: still requested']);
    const again = process('claim/requested', 'claim/approved', 'claim/requested');
    expect((await run(again, after(1, config()))).found).toEqual(['2 3: requested']);
  });

  test('weighs critical with money, high without, and by verify.checks before all', async () => {
    const open = process('claim/requested');
    const severity = async (settings: VerifyConfig) =>
      (await run(open, after(3, settings))).findings[0]?.severity;
    expect(await severity(config())).toBe('high');
    expect(await severity(config({ money: true }))).toBe('critical');
    const checks = { 'saga/completion': { severity: 'medium' as const } };
    expect(await severity({ ...config({ money: true }), checks })).toBe('medium');
  });

  test('without rules is skipped', async () => {
    const reason = 'verify.sagas has no rules for "other"';
    expect((await run(process('other/begun'), after(99, config()))).said).toMatchObject({
      checked: 0,
      reason,
    });
  });

  test('rules for payments take the place of those built in', async () => {
    const payment = { start: ['initiated'], next: {}, end: ['initiated'] };
    const log = paid('initiated');
    expect((await completion([log], after(99, { sagas: { payment } }))).found).toEqual([]);
  });
});
