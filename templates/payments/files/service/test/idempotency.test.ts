import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Shop } from './support/shop.ts';

describe('a command sent again with its key', () => {
  it('gets the same answer, whatever became of the payment, and has no second effect', async () => {
    await using shop = await Shop.open();
    const paid = await shop.pay({}, 'k1');
    const captured = await shop.ask('capture', { amount: 50 }, { key: 'k2' });
    await shop.becomes('settled');
    const refunded = await shop.ask('refund', { amount: 20 }, { key: 'k3' });
    const before = shop.store.events.length;
    const again = [
      await shop.pay({}, 'k1'),
      await shop.ask('capture', { amount: 50 }, { key: 'k2' }),
      await shop.ask('refund', { amount: 20 }, { key: 'k3' }),
    ];
    assert.deepEqual(
      again.map(({ statusCode, body }) => [statusCode, body]),
      [paid, captured, refunded].map(({ statusCode, body }) => [statusCode, body]),
    );
    assert.ok(again.every(({ headers }) => headers['idempotency-replayed'] === 'true'));
    assert.equal(shop.store.events.length, before);
    assert.deepEqual(shop.ledger.balances, { alice: 970, shop: 30, 'clearing-EUR': 0 });
  });

  it('with another body is refused', async () => {
    await using shop = await Shop.open();
    await shop.pay({}, 'k1');
    const other = await shop.pay({ amount: 99 }, 'k1');
    assert.equal(other.statusCode, 422);
    assert.match(other.body, /idempotency-key-reused/);
  });

  it('many times at once has one effect', async () => {
    await using shop = await Shop.open();
    const replies = await Promise.all(Array.from({ length: 20 }, () => shop.pay({}, 'k1')));
    assert.deepEqual([...new Set(replies.map(({ statusCode }) => statusCode))], [201]);
    assert.equal(new Set(replies.map(({ body }) => body)).size, 1);
    assert.equal(shop.ledger.accounts.get('alice')?.held, 100);
  });

  it('by its id alone is known, and by other content refused', async () => {
    await using shop = await Shop.open();
    await shop.pay();
    assert.equal((await shop.pay()).statusCode, 200);
    assert.equal((await shop.pay({ amount: 99 })).statusCode, 409);
    assert.equal(shop.ledger.accounts.get('alice')?.held, 100);
  });
});

describe('two commands on one payment at once', () => {
  it('are decided one after the other', async () => {
    await using shop = await Shop.open();
    await shop.pay();
    const [captured, voided] = await Promise.all([shop.ask('capture'), shop.ask('void')]);
    const statuses = [captured.statusCode, voided.statusCode].toSorted((a, b) => a - b);
    assert.deepEqual(statuses, [200, 409]);
    assert.equal(shop.ledger.pending, 0);
  });

  it('never give two payments a refund of the same id', async () => {
    await using shop = await Shop.open();
    for (const id of ['p1', 'p2']) {
      await shop.pay({ paymentId: id });
      await shop.ask('capture', {}, { id });
      await shop.becomes('settled', id);
    }
    const refund = (id: string) => shop.ask('refund', { refundId: 'r', amount: 10 }, { id });
    const replies = await Promise.all(['p1', 'p2'].map(refund));
    const statuses = replies.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b);
    assert.deepEqual(statuses, [201, 409]);
    assert.equal(shop.ledger.balances['alice'], 810);
  });

  it('never refund more than was captured', async () => {
    await using shop = await Shop.open();
    await shop.pay();
    await shop.ask('capture');
    await shop.becomes('settled');
    const replies = await Promise.all(
      Array.from({ length: 10 }, () => shop.ask('refund', { amount: 30 })),
    );
    assert.equal(replies.filter(({ statusCode }) => statusCode === 201).length, 3);
    assert.deepEqual(shop.ledger.balances, { alice: 990, shop: 10, 'clearing-EUR': 0 });
  });
});
