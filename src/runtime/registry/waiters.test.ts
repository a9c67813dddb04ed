import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../kernel/time.ts';
import { Waiters } from './waiters.ts';

function observed(limit = 10) {
  const clock = new ManualClock();
  const waiters = new Waiters(clock, limit);
  const ended: string[] = [];
  const wait = (name: string, afterIndex: number, signal = new AbortController().signal) =>
    waiters.wait('service:pay', afterIndex, { ms: 1000, signal }).then(() => void ended.push(name));
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  return { clock, waiters, ended, wait, settle };
}

describe('a waiter', () => {
  it('ends when its topic passes its index, and not for another topic or a lower index', async () => {
    const { waiters, ended, wait, settle } = observed();
    const waits = [wait('low', 5), wait('high', 9)];
    waiters.wake('service:fx', 100);
    waiters.wake('service:pay', 5);
    await settle();
    expect(ended).toEqual([]);
    waiters.wake('service:pay', 6);
    await settle();
    expect([ended, waiters.count]).toEqual([['low'], 1]);
    waiters.wake('service:pay', 10);
    await Promise.all(waits);
    expect([ended, waiters.count]).toEqual([['low', 'high'], 0]);
  });

  it('ends when its time is over', async () => {
    const { clock, waiters, wait } = observed();
    const waiting = wait('a', 5);
    clock.advance(1000);
    await waiting;
    expect(waiters.count).toBe(0);
  });

  it('leaves its place at once when its client goes', async () => {
    const { waiters, wait } = observed();
    const client = new AbortController();
    const waiting = wait('a', 5, client.signal);
    client.abort();
    await waiting;
    expect(waiters.count).toBe(0);
  });

  it('is refused past the limit, and a freed place is given again', async () => {
    const { clock, wait } = observed(2);
    const waits = [wait('a', 5), wait('b', 5)];
    await expect(wait('c', 5)).rejects.toMatchObject({ status: 429 });
    clock.advance(1000);
    await Promise.all(waits);
    const again = wait('d', 5);
    clock.advance(1000);
    await again;
  });

  it('ends when all are released, and none waits after that', async () => {
    const { waiters, wait } = observed();
    const waiting = wait('a', 5);
    waiters.releaseAll();
    await Promise.all([waiting, wait('late', 5)]);
    expect(waiters.count).toBe(0);
  });
});
