import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readKey } from '../src/http/idempotency-key.ts';
import { Bank } from './support/bank.ts';
import { tokenWith } from './support/tokens.ts';

const opening = (accountId: string) => ({ accountId, currency: 'EUR', kind: 'liability' });

async function funded(amount = 100): Promise<Bank> {
  const bank = await Bank.open();
  await bank.openAccounts('alice', 'bob');
  await bank.move(amount, { from: 'capital', to: 'alice' });
  return bank;
}

describe('an Idempotency-Key', () => {
  it('is 1 to 255 visible ASCII characters, bare or quoted the same', () => {
    assert.equal(readKey('abc'), 'abc');
    assert.equal(readKey('"abc"'), 'abc');
    assert.equal(readKey('"a\\"b"'), 'a"b');
    assert.equal(readKey('x'.repeat(255)), 'x'.repeat(255));
    assert.equal(readKey(undefined), undefined);
    for (const wrong of [
      '',
      '""',
      '"',
      '"a',
      'a b',
      'ä',
      'x'.repeat(256),
      `"${'x'.repeat(256)}"`,
    ]) {
      assert.throws(() => readKey(wrong), /1 to 255/, wrong);
    }
  });

  it('is required for a transaction', async () => {
    await using bank = await funded();
    const body = { postings: [{ accountId: 'a', direction: 'debit', amount: 1, currency: 'EUR' }] };
    assert.equal((await bank.post('/transactions', body)).statusCode, 400);
    const bad = { 'idempotency-key': 'a b' };
    assert.equal((await bank.post('/transactions', body, bad)).statusCode, 400);
    assert.equal((await bank.post('/accounts', opening('x'), bad)).statusCode, 400);
  });

  it('gives the same answer again and has no second effect', async () => {
    await using bank = await funded();
    const first = await bank.move(30, { from: 'alice', to: 'bob', key: 'k1' });
    const events = bank.store.events.length;
    await bank.move(1, { from: 'alice', to: 'bob' });
    const again = await bank.move(30, { from: 'alice', to: 'bob', key: '"k1"' });
    assert.deepEqual([again.statusCode, again.body], [201, first.body]);
    assert.equal(first.headers['idempotency-replayed'], undefined);
    assert.equal(again.headers['idempotency-replayed'], 'true');
    assert.equal(again.headers.location, first.headers.location);
    assert.equal(bank.store.events.length, events + 4);
    assert.equal(await bank.balanceOf('bob'), 31);
  });

  it('gives a refusal again, even when it would pass by now', async () => {
    await using bank = await funded(10);
    const first = await bank.move(11, { from: 'alice', to: 'bob', key: 'k1' });
    assert.equal(first.statusCode, 422);
    await bank.move(5, { from: 'capital', to: 'alice' });
    const again = await bank.move(11, { from: 'alice', to: 'bob', key: 'k1' });
    assert.equal(again.statusCode, 422);
    assert.equal(again.headers['idempotency-replayed'], 'true');
    assert.equal(again.json<{ detail: string }>().detail, first.json<{ detail: string }>().detail);
    assert.equal(await bank.balanceOf('bob'), 0);
  });

  it('does not hold on to what was malformed or unknown', async () => {
    await using bank = await funded();
    const key = { 'idempotency-key': 'k1' };
    assert.equal((await bank.post('/accounts', { accountId: 'x' }, key)).statusCode, 400);
    assert.equal((await bank.post('/accounts/later/freeze', undefined, key)).statusCode, 404);
    assert.equal((await bank.post('/accounts', opening('later'), key)).statusCode, 201);
    assert.equal((await bank.post('/accounts/later/freeze', undefined, key)).statusCode, 200);
  });

  it('is refused with another request: 422', async () => {
    await using bank = await funded();
    await bank.move(1, { from: 'alice', to: 'bob', key: 'k1' });
    const other = await bank.move(2, { from: 'alice', to: 'bob', key: 'k1' });
    assert.equal(other.statusCode, 422);
    assert.match(other.body, /idempotency-key-reused/);
    assert.equal(await bank.balanceOf('bob'), 1);
  });

  it('is the same request whatever the order of its members and its white space', async () => {
    await using bank = await funded();
    const key = { 'idempotency-key': 'k1' };
    const one = '{"accountId":"x","currency":"EUR","kind":"asset"}';
    const two = '{ "kind":"asset", "currency":"EUR", "accountId":"x" }';
    const first = await bank.post('/accounts', one, key);
    const again = await bank.post('/accounts', two, key);
    assert.deepEqual([again.statusCode, again.body], [201, first.body]);
    assert.equal(again.headers['idempotency-replayed'], 'true');
  });

  it('belongs to one client and one route', async () => {
    await using bank = await funded();
    const key = { 'idempotency-key': 'k1' };
    const authorization = `Bearer ${await tokenWith({ client_id: 'another' })}`;
    assert.equal((await bank.post('/accounts', opening('x'), key)).statusCode, 201);
    const other = await bank.post('/accounts', opening('y'), { ...key, authorization });
    assert.equal(other.statusCode, 201);
    assert.equal((await bank.post('/accounts/x/freeze', undefined, key)).statusCode, 200);
    assert.equal((await bank.post('/accounts/y/freeze', undefined, key)).statusCode, 422);
  });

  it('lets one of fifty at once through, and all get its answer', async () => {
    await using bank = await funded();
    bank.store.appendMs = 5;
    const replies = await Promise.all(
      Array.from({ length: 50 }, () => bank.move(7, { from: 'alice', to: 'bob', key: 'k1' })),
    );
    assert.deepEqual([...new Set(replies.map((reply) => reply.statusCode))], [201]);
    assert.equal(new Set(replies.map((reply) => reply.body)).size, 1);
    assert.equal(replies.filter((reply) => !reply.headers['idempotency-replayed']).length, 1);
    assert.equal(await bank.balanceOf('bob'), 7);
  });

  it('outlives the service: another instance replays from the log', async () => {
    await using bank = await funded();
    const first = await bank.move(30, { from: 'alice', to: 'bob', key: 'k1' });
    await using other = await Bank.open({ store: bank.store });
    const again = await other.move(30, { from: 'alice', to: 'bob', key: 'k1' });
    assert.deepEqual([again.statusCode, again.body], [201, first.body]);
    assert.equal(await other.balanceOf('bob'), 30);
  });

  it('keeps no amount with the outcome', async () => {
    await using bank = await funded(123);
    await bank.move(4567, { from: 'alice', to: 'bob' });
    const completed = bank.store.events.filter(({ type }) => type.includes('command-completed'));
    assert.doesNotMatch(JSON.stringify(completed.map(({ data }) => data)), /\b(123|4567)\b/);
  });
});
