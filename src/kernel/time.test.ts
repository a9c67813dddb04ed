import { describe, expect, it } from 'vitest';
import {
  formatDuration,
  ManualClock,
  parseDurationMs,
  parseInstantMs,
  parseRfc3339Ms,
  systemClock,
  whenAborted,
} from './time.ts';

describe('parseDurationMs', () => {
  it.each([
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['-90s', -90_000],
    ['1.5s', 1500],
    ['250ms', 250],
    ['2d', 172_800_000],
  ])('reads %s', (text, ms) => expect(parseDurationMs(text)).toBe(ms));

  it.each(['', '5', 'm', '5 m', '5m ', '5w', '1e3s', '--5s', '5m-3s', '٥m'])('refuses %j', (text) =>
    expect(parseDurationMs(text)).toBeUndefined(),
  );
});

describe('parseInstantMs', () => {
  it.each([
    ['2027-01-01T00:00:00Z', Date.UTC(2027, 0, 1)],
    ['2027-01-01T00:00Z', Date.UTC(2027, 0, 1)],
    ['2027-01-01', Date.UTC(2027, 0, 1)],
    ['2027-01-01t02:00:00.5+02:00', Date.UTC(2027, 0, 1) + 500],
    ['2028-02-29T00:00:00Z', Date.UTC(2028, 1, 29)],
  ])('reads %s', (text, ms) => expect(parseInstantMs(text)).toBe(ms));

  it.each([
    '2027-02-30',
    '2027-02-29T00:00:00Z',
    '2027-13-01',
    '2027-01-01T25:00:00Z',
    '1 Jan 2027',
    '1798761600',
    '2027-01-01T00:00:00',
  ])('refuses %s', (text) => expect(parseInstantMs(text)).toBeUndefined());
});

describe('parseRfc3339Ms', () => {
  it.each([
    ['2027-01-01T00:00:00Z', Date.UTC(2027, 0, 1)],
    ['2027-01-01t02:00:00.5+02:00', Date.UTC(2027, 0, 1) + 500],
    ['2016-12-31T23:59:60Z', Date.UTC(2017, 0, 1)],
    ['1990-12-31T15:59:60.25-08:00', Date.UTC(1991, 0, 1) + 250],
  ])('reads %s', (text, ms) => expect(parseRfc3339Ms(text)).toBe(ms));

  it.each([
    '2016-12-31',
    '2027-01-01T24:00:00Z',
    '2027-01-01T00:00Z',
    '2027-02-30T00:00:00Z',
    '2027-02-30T23:59:60Z',
    '2027-13-01T00:00:00Z',
    '2016-12-31T22:59:60Z',
    '2016-12-30T23:59:60Z',
    '2027-01-01T00:00:61Z',
    '2027-01-01T00:00:00+24:00',
    '2027-01-01 00:00:00Z',
  ])('refuses %s', (text) => expect(parseRfc3339Ms(text)).toBeUndefined());
});

describe('ManualClock', () => {
  it('runs what became due, earliest first, and moves both times together', () => {
    const clock = new ManualClock('2027-01-01T00:00:00Z');
    const ran: string[] = [];
    clock.after(20, () => ran.push(`late at ${clock.monotonicMs()}`));
    clock.after(10, () => ran.push(`early at ${clock.monotonicMs()}`));
    using _never = clock.after(15, () => ran.push('disposed'));
    _never[Symbol.dispose]();
    clock.advance(30);
    expect(ran).toEqual(['early at 10', 'late at 20']);
    expect(clock.now()).toBe(Date.UTC(2027, 0, 1) + 30);
  });

  it('wakes a sleeper, and rejects one whose signal aborts', async () => {
    const clock = new ManualClock();
    const woken = clock.sleep(100);
    const stopped = new AbortController();
    const interrupted = clock.sleep(100, stopped.signal);
    stopped.abort(new Error('enough'));
    clock.advance(100);
    await expect(woken).resolves.toBeUndefined();
    await expect(interrupted).rejects.toThrow('enough');
  });
});

describe('systemClock', () => {
  it('rejects a sleep that is aborted with the reason of the signal, before and during it', async () => {
    const reason = new Error('enough');
    await expect(systemClock.sleep(10_000, AbortSignal.abort(reason))).rejects.toBe(reason);
    const stopped = new AbortController();
    const sleeping = systemClock.sleep(10_000, stopped.signal);
    stopped.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
  });
});

describe('whenAborted', () => {
  it('resolves for a signal that was aborted before, and for one that is aborted later', async () => {
    const later = new AbortController();
    const waiting = whenAborted(later.signal);
    later.abort();
    await expect(waiting).resolves.toBeUndefined();
    await expect(whenAborted(later.signal)).resolves.toBeUndefined();
  });
});

describe('formatDuration', () => {
  it.each([
    [12.4, '12 ms'],
    [1234, '1.2 s'],
    [120_000, '2 min'],
  ])('reads %d as %s', (ms, text) => expect(formatDuration(ms)).toBe(text));
});
