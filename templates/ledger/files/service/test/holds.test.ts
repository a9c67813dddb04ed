import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { Bank } from './support/bank.ts';

interface AccountFigures {
  balance: number;
  held: number;
  available: number;
}

async function funded(): Promise<Bank> {
  const bank = await Bank.open();
  await bank.openAccounts('alice', 'bob');
  await bank.move(100, { from: 'capital', to: 'alice' });
  return bank;
}

async function figures(bank: Bank): Promise<number[]> {
  const alice = (await bank.get('/accounts/alice')).json<AccountFigures>();
  return [alice.balance, alice.held, alice.available];
}

const hold = { holdId: 'h1', accountId: 'alice', amount: 60, currency: 'EUR' };

describe('a hold', () => {
  it('reserves, is posted in part, and frees the rest', async () => {
    await using bank = await funded();
    const placed = await bank.post('/holds', { ...hold, paymentId: 'p1' });
    assert.equal(placed.statusCode, 201);
    assert.deepEqual(placed.json(), { ...hold, paymentId: 'p1', status: 'pending' });
    assert.deepEqual(await figures(bank), [100, 60, 40]);
    assert.equal((await bank.move(41, { from: 'alice', to: 'bob' })).statusCode, 422);
    const posted = await bank.post('/holds/h1/post', {
      toAccountId: 'bob',
      amount: 50,
      transactionId: 't1',
    });
    assert.equal(posted.statusCode, 201);
    const taken = { amount: 50, transactionId: 't1' };
    assert.deepEqual(posted.json(), { holdId: 'h1', status: 'posted', ...taken });
    assert.deepEqual(await figures(bank), [50, 0, 50]);
    const found = (await bank.get('/holds/h1')).json();
    assert.deepEqual(found, { ...hold, paymentId: 'p1', status: 'posted', taken });
    const transaction = (await bank.get('/transactions/t1')).json<Record<string, string>>();
    assert.deepEqual([transaction['holdId'], transaction['paymentId']], ['h1', 'p1']);
  });

  it('is voided', async () => {
    await using bank = await funded();
    await bank.post('/holds', hold);
    assert.equal((await bank.post('/holds/h1/void')).statusCode, 200);
    assert.deepEqual(await figures(bank), [100, 0, 100]);
    assert.equal((await bank.post('/holds/h1/void')).statusCode, 409);
  });

  it('is answered the same again by its key, whatever became of it', async () => {
    await using bank = await funded();
    const key = { 'idempotency-key': 'k1' };
    const first = await bank.post('/holds', hold, key);
    await bank.post('/holds/h1/void');
    const again = await bank.post('/holds', hold, key);
    assert.deepEqual([again.statusCode, again.body], [201, first.body]);
  });

  it('ends by itself at its time', async () => {
    await using bank = await funded();
    const expiresAt = new Date(Date.now() + 300).toISOString();
    assert.equal((await bank.post('/holds', { ...hold, expiresAt })).statusCode, 201);
    while (!bank.store.types.includes('ledger.hold-expired')) await sleep(50);
    assert.deepEqual(await figures(bank), [100, 0, 100]);
    assert.deepEqual(bank.store.types.slice(-2), ['ledger.hold-expired', 'ledger.account-entered']);
  });
});
