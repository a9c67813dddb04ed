import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { FakeLedger, type Fault } from './support/fake-ledger.ts';
import { Shop } from './support/shop.ts';
import { tokenWith } from './support/tokens.ts';

const folder = mkdtempSync(join(tmpdir(), 'payments-failures-'));
after(() => rmSync(folder, { recursive: true }));

const faults: Fault[] = ['cut-before', 'cut-after', '500-after', '503'];

describe('whatever goes wrong between payments and the ledger, money moves once', () => {
  for (const fault of faults) {
    it(`each call ends in ${fault} once`, async () => {
      await using shop = await Shop.open();
      const once = () => shop.ledger.faults.push(fault);
      once();
      assert.equal((await shop.pay()).statusCode, 201);
      once();
      assert.equal((await shop.ask('capture')).statusCode, 200);
      once();
      await shop.becomes('settled');
      once();
      assert.equal((await shop.ask('refund', { amount: 25 })).statusCode, 201);
      assert.deepEqual(shop.ledger.balances, { alice: 925, shop: 75, 'clearing-EUR': 0 });
      assert.equal(shop.ledger.pending, 0);
    });
  }
});

describe('a ledger that does not answer', () => {
  it('lets the client know: 202, and the payment goes on by itself', async () => {
    await using shop = await Shop.open({ answerWithinMs: 200 });
    shop.ledger.away = true;
    const first = await shop.pay({}, 'k1');
    assert.equal(first.statusCode, 202);
    assert.equal(first.json<{ status: string }>().status, 'initiated');
    shop.ledger.away = false;
    await shop.becomes('authorised');
    const again = await shop.pay({}, 'k1');
    assert.equal(again.statusCode, 201);
    assert.equal(again.headers['idempotency-replayed'], 'true');
    assert.equal(again.json<{ status: string }>().status, 'authorised');
  });

  it('for too long has the payment declined, and the hold it may have placed freed', async () => {
    const variables = { AUTHORISE_WITHIN_S: '1' };
    await using shop = await Shop.open({ variables, answerWithinMs: 100 });
    // It places the hold, but nobody hears of it.
    shop.ledger.faults.push('cut-after');
    const paying = shop.pay();
    while (shop.ledger.pending === 0) await shop.model.changed(AbortSignal.timeout(5));
    shop.ledger.away = true;
    assert.equal((await paying).statusCode, 202);
    const look = () => shop.steps.includes('timed-out') || undefined;
    await shop.model.until(look, AbortSignal.timeout(10_000));
    shop.ledger.away = false;
    const payment = await shop.becomes('declined');
    assert.equal(payment['reason'], 'timed-out');
    assert.equal(shop.ledger.pending, 0);
    assert.deepEqual(shop.steps, ['initiated', 'timed-out', 'declined']);
  });

  it('loses the deadline of no payment that is not captured', async () => {
    await using shop = await Shop.open({ variables: { CAPTURE_WITHIN_S: '1' } });
    await shop.pay();
    const payment = await shop.becomes('voided');
    assert.equal(payment['reason'], 'authorisation-expired');
    assert.equal(shop.ledger.pending, 0);
  });
});

describe('a service that stops', () => {
  it('keeps no client waiting: 202', async () => {
    const shop = await Shop.open();
    shop.ledger.away = true;
    const paying = shop.pay();
    const begun = () => shop.steps.includes('initiated') || undefined;
    await shop.model.until(begun, AbortSignal.timeout(5000));
    const stopped = Date.now();
    await shop[Symbol.asyncDispose]();
    assert.equal((await paying).statusCode, 202);
    assert.ok(Date.now() - stopped < 3000);
  });
});

describe('a service that dies', () => {
  it('between a call and its outcome goes on after its restart', async () => {
    const dataFolder = join(folder, 'restart');
    const ledger = await FakeLedger.open('alice', 'shop');
    ledger.put('alice', { balance: 1000 });
    const first = await Shop.open({ dataFolder, ledger, answerWithinMs: 100 });
    ledger.faults.push('never-answers');
    assert.equal((await first.pay()).statusCode, 202);
    assert.equal(ledger.pending, 1);
    await first.leave();
    await using second = await Shop.open({ dataFolder, ledger, store: first.store });
    await second.becomes('authorised');
    assert.equal(ledger.pending, 1);
    assert.deepEqual(second.steps, ['initiated', 'authorised']);
  });

  it('and loses its read model builds the same one anew', async () => {
    await using shop = await Shop.open();
    await shop.pay();
    await shop.ask('capture', { amount: 60 });
    await shop.becomes('settled');
    await shop.ask('refund', { amount: 10, refundId: 'r' });
    const { ledger, store } = shop;
    const anew = await Shop.open({ ledger, store });
    assert.deepEqual((await anew.get('/p1')).json(), (await shop.get('/p1')).json());
    assert.deepEqual(await projection(anew), await projection(shop));
    await anew.leave();
  });
});

describe('two instances', () => {
  it('do every step once', async () => {
    await using shop = await Shop.open();
    const { ledger, store } = shop;
    const other = await Shop.open({ ledger, store });
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) {
      const one = id < 'd' ? shop : other;
      assert.equal((await one.pay({ paymentId: id })).statusCode, 201);
      assert.equal((await one.ask('capture', {}, { id })).statusCode, 200);
    }
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) await shop.becomes('settled', id);
    assert.deepEqual(ledger.balances, { alice: 400, shop: 600, 'clearing-EUR': 0 });
    const steps = ['initiated', 'authorised', 'capture-requested', 'captured', 'settled'];
    for (const step of steps)
      assert.equal(shop.steps.filter((one) => one === step).length, 6, step);
    await other.leave();
  });
});

async function projection(shop: Shop): Promise<unknown> {
  const reply = await shop.app.inject({
    url: '/internal/projections/payments',
    headers: { authorization: `Bearer ${await tokenWith()}` },
  });
  assert.equal(reply.statusCode, 200);
  return reply.body;
}
