import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Shop } from './support/shop.ts';

describe('a payment', () => {
  it('is authorised, captured and settled, every step an event', async () => {
    await using shop = await Shop.open();
    const paid = await shop.pay();
    const order = { paymentId: 'p1', amount: 100, currency: 'EUR', from: 'alice', to: 'shop' };
    assert.equal(paid.statusCode, 201, paid.body);
    assert.deepEqual(paid.json(), { ...order, status: 'authorised' });
    assert.equal(paid.headers.location?.endsWith('/p1'), true);
    assert.equal(shop.ledger.pending, 1);
    const captured = await shop.ask('capture');
    assert.equal(captured.statusCode, 200, captured.body);
    assert.deepEqual(captured.json(), {
      paymentId: 'p1',
      status: 'captured',
      amount: 100,
      currency: 'EUR',
    });
    const payment = await shop.becomes('settled');
    assert.deepEqual([payment['captured'], payment['refunded']], [100, 0]);
    assert.deepEqual(shop.ledger.balances, { alice: 900, shop: 100, 'clearing-EUR': 0 });
    const steps = ['initiated', 'authorised', 'capture-requested', 'captured', 'settled'];
    assert.deepEqual(shop.steps, steps);
    const keys = ['authorise', 'open-clearing', 'capture', 'settle'].map((step) => `p1:${step}`);
    assert.deepEqual(shop.ledger.keys, keys);
  });

  it('can be refunded as soon as its capture is answered', async () => {
    await using shop = await Shop.open();
    await shop.pay();
    await shop.ask('capture');
    assert.equal((await shop.ask('refund')).statusCode, 201);
  });

  it('is captured all the same while its settlement waits', async () => {
    await using shop = await Shop.open({ answerWithinMs: 500 });
    await shop.pay();
    shop.ledger.onDone = (key) => {
      if (key === 'p1:capture') shop.ledger.away = true;
    };
    const captured = await shop.ask('capture');
    assert.deepEqual(
      [captured.statusCode, captured.json<{ status: string }>().status],
      [200, 'captured'],
    );
    assert.equal((await shop.ask('refund')).statusCode, 409);
    shop.ledger.away = false;
    await shop.becomes('settled');
  });

  it('is captured in part, and the rest is free again', async () => {
    await using shop = await Shop.open();
    await shop.pay();
    assert.equal((await shop.ask('capture', { amount: 101 })).statusCode, 422);
    assert.equal((await shop.ask('capture', { amount: 30 })).json<{ amount: number }>().amount, 30);
    await shop.becomes('settled');
    assert.deepEqual(shop.ledger.balances, { alice: 970, shop: 30, 'clearing-EUR': 0 });
    assert.equal(shop.ledger.accounts.get('alice')?.held, 0);
  });

  it('is voided, and can then not be captured', async () => {
    await using shop = await Shop.open();
    await shop.pay();
    const voided = await shop.ask('void');
    assert.deepEqual(
      [voided.statusCode, voided.json()],
      [200, { paymentId: 'p1', status: 'voided' }],
    );
    assert.equal(shop.ledger.pending, 0);
    assert.equal((await shop.ask('capture')).statusCode, 409);
  });

  it('is refunded in parts, up to what was captured', async () => {
    await using shop = await Shop.open();
    await shop.pay();
    assert.equal((await shop.ask('refund')).statusCode, 409, 'not before it is settled');
    await shop.ask('capture');
    await shop.becomes('settled');
    const some = await shop.ask('refund', { refundId: 'r1', amount: 40 });
    assert.equal(some.statusCode, 201, some.body);
    assert.equal(some.json<{ status: string }>().status, 'refunded');
    assert.equal((await shop.ask('refund', { amount: 61 })).statusCode, 422);
    assert.equal((await shop.ask('refund', { refundId: 'r1', amount: 41 })).statusCode, 409);
    assert.equal((await shop.ask('refund', { refundId: 'r1', amount: 40 })).statusCode, 200);
    assert.equal((await shop.ask('refund')).json<{ amount: number }>().amount, 60);
    await shop.becomes('refunded');
    assert.equal((await shop.ask('refund')).statusCode, 422);
    assert.deepEqual(shop.ledger.balances, { alice: 1000, shop: 0, 'clearing-EUR': 0 });
  });

  it('has a refund declined that the payee cannot pay, and may have another', async () => {
    await using shop = await Shop.open();
    await shop.pay();
    await shop.ask('capture');
    await shop.becomes('settled');
    shop.ledger.put('shop', { balance: 10 });
    const declined = (await shop.ask('refund')).json<{ status: string; reason: string }>();
    assert.deepEqual([declined.status, declined.reason], ['declined', 'insufficient-funds']);
    shop.ledger.put('shop', { balance: 100 });
    assert.equal((await shop.ask('refund')).json<{ status: string }>().status, 'refunded');
  });
});

describe('a payment is declined, leaving no hold,', () => {
  const cases: [string, Record<string, unknown>, string][] = [
    ['without funds', { amount: 1001 }, 'insufficient-funds'],
    ['from an unknown account', { from: 'nobody' }, 'account-unknown'],
    ['to an unknown account', { to: 'nobody' }, 'account-unknown'],
    ['from a frozen account', { from: 'frozen' }, 'account-frozen'],
    ['to a closed account', { to: 'closed' }, 'account-closed'],
    ['in another currency than the payer has', { currency: 'JPY' }, 'currency-mismatch'],
    ['in another currency than the payee has', { to: 'tokyo' }, 'currency-mismatch'],
    ['out of what the bank owns', { from: 'cash' }, 'account-kind'],
  ];
  for (const [name, order, reason] of cases) {
    it(name, async () => {
      await using shop = await Shop.open();
      shop.ledger.put('frozen', { balance: 500, status: 'frozen' });
      shop.ledger.put('closed', { status: 'closed' });
      shop.ledger.put('tokyo', { currency: 'JPY' });
      shop.ledger.put('cash', { kind: 'asset', balance: 500 });
      const declined = await shop.pay(order);
      assert.equal(declined.statusCode, 201, declined.body);
      const { status, reason: why } = declined.json<{ status: string; reason: string }>();
      assert.deepEqual([status, why], ['declined', reason]);
      assert.equal(shop.ledger.pending, 0);
      assert.deepEqual(shop.steps, ['initiated', 'declined']);
    });
  }
});

describe('a step that the ledger refuses is made good', () => {
  it('a capture from a frozen account frees the hold', async () => {
    await using shop = await Shop.open();
    await shop.pay();
    shop.ledger.put('alice', { status: 'frozen' });
    const answer = await shop.ask('capture');
    assert.equal(answer.statusCode, 200);
    const voided = { paymentId: 'p1', status: 'voided', reason: 'account-frozen' };
    assert.deepEqual(answer.json(), voided);
    assert.equal(shop.ledger.pending, 0);
  });

  it('what cannot be paid to the payee goes back to the payer', async () => {
    await using shop = await Shop.open();
    await shop.pay();
    shop.ledger.put('shop', { status: 'closed' });
    await shop.ask('capture');
    const payment = await shop.becomes('refunded');
    assert.equal(payment['reason'], 'account-closed');
    assert.deepEqual(shop.ledger.balances, { alice: 1000, shop: 0, 'clearing-EUR': 0 });
    const end = ['captured', 'settlement-refused', 'refunded', 'settled'];
    assert.deepEqual(shop.steps.slice(-4), end);
  });

  it('and back to the payer later, where the payer is frozen meanwhile', async () => {
    await using shop = await Shop.open();
    await shop.pay();
    shop.ledger.put('shop', { status: 'closed' });
    shop.ledger.onDone = (key) => {
      if (key === 'p1:capture') shop.ledger.put('alice', { status: 'frozen' });
      if (key === 'p1:give-back-1') shop.ledger.put('alice', { status: 'open' });
    };
    await shop.ask('capture');
    await shop.becomes('refunded');
    assert.ok(shop.steps.includes('give-back-refused'));
    assert.deepEqual(shop.ledger.balances, { alice: 1000, shop: 0, 'clearing-EUR': 0 });
  });
});
