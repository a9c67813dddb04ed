import { describe, expect, it } from 'vitest';
import { systemClock } from '../../kernel/time.ts';
import { Leases } from './leases.ts';
import { StallingClock } from './registry-fixture.ts';

function observed() {
  const clock = new StallingClock();
  const expired: string[] = [];
  const pauses: number[] = [];
  const leases = new Leases(clock, {
    expired: (id) => expired.push(id),
    paused: (pauseMs) => pauses.push(pauseMs),
  });
  return { clock, expired, pauses, leases };
}

describe('a lease', () => {
  it('ends at its term and not a millisecond before, once', () => {
    const { clock, expired, leases } = observed();
    leases.start('a', 10_000);
    clock.advance(9999);
    expect(expired).toEqual([]);
    clock.advance(1);
    clock.advance(60_000);
    expect(expired).toEqual(['a']);
  });

  it('runs anew from each start, and no more once stopped', () => {
    const { clock, expired, leases } = observed();
    leases.start('a', 10_000);
    leases.start('b', 10_000);
    clock.advance(9000);
    leases.start('a', 10_000);
    leases.stop('b');
    clock.advance(9999);
    expect(expired).toEqual([]);
    clock.advance(1);
    expect(expired).toEqual(['a']);
  });

  it('asks Node for no timer longer than it can hold, which would fire at once', () => {
    const askedMs: number[] = [];
    class RecordingClock extends StallingClock {
      override after(ms: number, task: () => void): Disposable {
        askedMs.push(ms);
        return super.after(ms, task);
      }
    }
    using leases = new Leases(new RecordingClock(), { expired: () => {}, paused: () => {} });
    leases.start('a', 2 ** 31 + 5000);
    expect(Math.max(...askedMs)).toBe(2 ** 31 - 1);
  });

  it('survives a pause of more than two seconds with a fresh term, which is told', () => {
    const { clock, expired, pauses, leases } = observed();
    leases.start('a', 5000);
    clock.advance(4900);
    clock.stall(2400);
    clock.advance(250);
    expect(pauses).toHaveLength(1);
    clock.advance(4700);
    expect(expired).toEqual([]);
    clock.advance(300);
    expect(expired).toEqual(['a']);
  });

  it('is not saved by a pause of less', () => {
    const { clock, expired, pauses, leases } = observed();
    leases.start('a', 5000);
    clock.advance(4900);
    clock.stall(1900);
    clock.advance(250);
    expect([expired, pauses]).toEqual([['a'], []]);
  });

  it('notices the pause also when its own timer is the first to fire', () => {
    const { clock, expired, pauses, leases } = observed();
    clock.advance(250);
    leases.start('a', 100);
    clock.stall(3000);
    clock.advance(100);
    expect([expired, pauses.length]).toEqual([[], 1]);
  });

  it('ends on the real clock soon after its term, never before', async () => {
    const lateness: number[] = [];
    const started = new Map<string, number>();
    const term = (id: string) => 200 + Number(id);
    using leases = new Leases(systemClock, {
      expired: (id) => lateness.push(performance.now() - (started.get(id) ?? 0) - term(id)),
      paused: () => {},
    });
    for (let at = 0; at < 200; at++) {
      started.set(String(at), performance.now());
      leases.start(String(at), term(String(at)));
    }
    await systemClock.sleep(600);
    expect(lateness).toHaveLength(200);
    expect(Math.min(...lateness)).toBeGreaterThanOrEqual(0);
    // The median, so that a busy machine does not fail it; each one is late by at most 50 ms on a free one.
    expect(lateness.sort((a, b) => a - b)[100]).toBeLessThan(50);
  });
});
