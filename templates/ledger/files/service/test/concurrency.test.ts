import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CommandQueue } from '../src/commands/command-queue.ts';
import { Bank } from './support/bank.ts';

function count(replies: { statusCode: number }[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { statusCode } of replies) counts[statusCode] = (counts[statusCode] ?? 0) + 1;
  return counts;
}

describe('100 transfers at once over funds for 10', () => {
  it('lets exactly 10 through and ends at 0', async () => {
    await using bank = await Bank.open();
    await bank.openAccounts('alice', 'bob');
    await bank.move(1000, { from: 'capital', to: 'alice' });
    const replies = await Promise.all(
      Array.from({ length: 100 }, () => bank.move(100, { from: 'alice', to: 'bob' })),
    );
    assert.deepEqual(count(replies), { 201: 10, 422: 90 });
    assert.equal(await bank.balanceOf('alice'), 0);
    assert.equal(await bank.balanceOf('bob'), 1000);
  });

  it('does so over two instances that know nothing of each other', async () => {
    await using one = await Bank.open();
    await one.openAccounts('alice', 'bob', 'carla');
    await one.move(1000, { from: 'capital', to: 'alice' });
    await using two = await Bank.open({ store: one.store });
    one.store.appendMs = 1;
    const replies = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        (i % 2 === 0 ? one : two).move(100, { from: 'alice', to: i % 3 === 0 ? 'bob' : 'carla' }),
      ),
    );
    assert.deepEqual(count(replies), { 201: 10, 422: 90 });
    assert.equal(await two.balanceOf('alice'), 0);
    assert.equal((await two.balanceOf('bob')) + (await two.balanceOf('carla')), 1000);
  });
});

describe('rival commands', () => {
  it('reverse a transaction once', async () => {
    await using bank = await Bank.open();
    await bank.openAccounts('alice');
    const reply = await bank.move(10, { from: 'capital', to: 'alice' });
    const { transactionId: reverses } = reply.json<{ transactionId: string }>();
    const postings = [
      { accountId: 'alice', direction: 'debit', amount: 10, currency: 'EUR' },
      { accountId: 'capital', direction: 'credit', amount: 10, currency: 'EUR' },
    ];
    await bank.move(10, { from: 'capital', to: 'alice' });
    const replies = await Promise.all(
      Array.from({ length: 5 }, (_, i) =>
        bank.post('/transactions', { postings, reverses }, { 'idempotency-key': `r${i}` }),
      ),
    );
    assert.deepEqual(count(replies), { 201: 1, 409: 4 });
  });

  it('resolve a hold once', async () => {
    await using bank = await Bank.open();
    await bank.openAccounts('alice', 'bob');
    await bank.move(10, { from: 'capital', to: 'alice' });
    const hold = { holdId: 'h1', accountId: 'alice', amount: 10, currency: 'EUR' };
    assert.equal((await bank.post('/holds', hold)).statusCode, 201);
    const replies = await Promise.all(
      ['post', 'void', 'post', 'void'].map((end) =>
        bank.post(`/holds/h1/${end}`, end === 'post' ? { toAccountId: 'bob' } : undefined),
      ),
    );
    assert.equal(replies.filter(({ statusCode }) => statusCode < 300).length, 1);
    assert.equal(replies.filter(({ statusCode }) => statusCode === 409).length, 3);
  });
});

describe('the queue of an account', () => {
  const noDeadline = new AbortController().signal;

  it('runs what shares an account in the order it came, the rest side by side', async () => {
    const queue = new CommandQueue(10);
    const seen: string[] = [];
    const gate = Promise.withResolvers<void>();
    const first = queue.run(['a', 'b'], noDeadline, async () => {
      await gate.promise;
      seen.push('ab');
    });
    const second = queue.run(['b', 'c'], noDeadline, async () => void seen.push('bc'));
    const third = queue.run(['c', 'a'], noDeadline, async () => void seen.push('ca'));
    await queue.run(['d'], noDeadline, async () => void seen.push('d'));
    gate.resolve();
    await Promise.all([first, second, third]);
    assert.deepEqual(seen, ['d', 'ab', 'bc', 'ca']);
  });

  it('goes on after a task that failed', async () => {
    const queue = new CommandQueue(10);
    const failed = queue.run(['a'], noDeadline, () => Promise.reject(new Error('no')));
    const next = queue.run(['a'], noDeadline, async () => 'done');
    await assert.rejects(failed, /no/);
    assert.equal(await next, 'done');
  });

  it('gives up at the deadline without letting the next one past those before', async () => {
    const queue = new CommandQueue(10);
    const gate = Promise.withResolvers<void>();
    const seen: number[] = [];
    const first = queue.run(['a'], noDeadline, async () => {
      await gate.promise;
      seen.push(1);
    });
    const late = queue.run(['a'], AbortSignal.timeout(10), async () => void seen.push(2));
    const third = queue.run(['a'], noDeadline, async () => void seen.push(3));
    await assert.rejects(late, { code: 'contention' });
    gate.resolve();
    await Promise.all([first, third]);
    assert.deepEqual(seen, [1, 3]);
  });

  it('takes no more than its limit', async () => {
    const queue = new CommandQueue(1);
    const gate = Promise.withResolvers<void>();
    const first = queue.run(['a'], noDeadline, () => gate.promise);
    await assert.rejects(
      queue.run(['b'], noDeadline, async () => {}),
      { code: 'overloaded' },
    );
    gate.resolve();
    await first;
    await queue.run(['b'], noDeadline, async () => {});
  });
});

describe('an event store that is away', () => {
  it('is 503 for commands, while reading goes on', async () => {
    await using bank = await Bank.open({ decideWithinMs: 50 });
    await bank.openAccounts('alice', 'bob');
    bank.store.away = true;
    const refused = await bank.move(1, { from: 'capital', to: 'alice', key: 'k1' });
    assert.equal(refused.statusCode, 503);
    assert.equal(refused.headers['retry-after'], '1');
    assert.equal((await bank.post('/accounts/nobody/freeze')).statusCode, 503);
    assert.equal(await bank.balanceOf('alice'), 0);
    bank.store.away = false;
    const again = await bank.move(1, { from: 'capital', to: 'alice', key: 'k1' });
    assert.equal(again.statusCode, 201);
    assert.equal(await bank.balanceOf('alice'), 1);
  });
});
