import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BASE_PATH, SCOPES, WORKSPACE } from '../src/names.ts';
import { Shop } from './support/shop.ts';
import { tokenWith } from './support/tokens.ts';

let shop: Shop;
before(async () => {
  shop = await Shop.open();
});
after(() => shop[Symbol.asyncDispose]());

const ORDER = { amount: 100, currency: 'EUR', from: 'alice', to: 'shop' };
const KEY = () => ({ 'idempotency-key': crypto.randomUUID() });

describe('a malformed payment is 400 and begins nothing', () => {
  const cases: [string, object | string][] = [
    ['a fraction', { ...ORDER, amount: 10.5 }],
    ['a whole number written as a float', '{"amount":10.0,"currency":"EUR","from":"a","to":"b"}'],
    ['negative', { ...ORDER, amount: -1 }],
    ['zero', { ...ORDER, amount: 0 }],
    ['beyond 2^53 − 1', '{"amount":9007199254740992,"currency":"EUR","from":"a","to":"b"}'],
    ['an unknown currency', { ...ORDER, currency: 'EUX' }],
    ['a currency in lower case', { ...ORDER, currency: 'eur' }],
    ['an unknown member', { ...ORDER, note: 'x' }],
    ['a member twice', '{"amount":1,"amount":2,"currency":"EUR","from":"a","to":"b"}'],
    ['no payee', { amount: 1, currency: 'EUR', from: 'alice' }],
    ['an id that is a path', { ...ORDER, paymentId: '../x' }],
    ['an id of 65 characters', { ...ORDER, paymentId: 'x'.repeat(65) }],
    ['a list', []],
    ['null', 'null'],
  ];
  for (const [name, body] of cases) {
    it(name, async () => {
      const events = shop.store.events.length;
      const reply = await shop.post('', body, KEY());
      assert.equal(reply.statusCode, 400, reply.body);
      assert.match(String(reply.headers['content-type']), /^application\/problem\+json/);
      assert.equal(shop.store.events.length, events);
    });
  }

  it('no key', async () => {
    const reply = await shop.post('', ORDER);
    assert.equal(reply.statusCode, 400);
    assert.match(reply.body, /Idempotency-Key is missing/);
  });
});

it('an account cannot pay itself', async () => {
  assert.equal((await shop.pay({ paymentId: 'self', to: 'alice' })).statusCode, 422);
});

it('a payment that nobody began is 404, whatever is asked of it', async () => {
  for (const what of ['capture', 'void', 'refund'] as const) {
    assert.equal((await shop.ask(what, {}, { id: 'none' })).statusCode, 404);
  }
  assert.equal((await shop.get('/none')).statusCode, 404);
});

describe('whose payment it is', () => {
  const as = async (subject: string, extra = '') => ({
    authorization: `Bearer ${await tokenWith({
      sub: subject,
      scope: `${SCOPES.write} ${SCOPES.read} ${extra}`.trim(),
    })}`,
  });

  before(async () => {
    shop.ledger.put('owned', { balance: 500 });
    shop.store.record('accounts-account-owned', {
      type: `${WORKSPACE}.accounts.opened.v1`,
      data: { accountId: 'owned', currency: 'EUR', kind: 'liability', owner: 'usr_owner' },
    });
    await shop.model.reached(shop.store.events.length, AbortSignal.timeout(2000));
  });

  it('only its owner pays from an account; to others it does not exist', async () => {
    const order = { ...ORDER, from: 'owned' };
    const stranger = await shop.post('', order, { ...KEY(), ...(await as('usr_other')) });
    assert.equal(stranger.statusCode, 404);
    const owner = await shop.post('', order, { ...KEY(), ...(await as('usr_owner')) });
    assert.equal(owner.statusCode, 201);
    const operator = { ...KEY(), ...(await as('usr_operator', SCOPES.any)) };
    assert.equal((await shop.post('', order, operator)).statusCode, 201);
    const service = { ...KEY(), ...(await as('app')) };
    assert.equal((await shop.post('', order, service)).statusCode, 201);
  });

  it('strangers neither see nor change it', async () => {
    const owner = await as('usr_owner');
    const order = { ...ORDER, paymentId: 'mine', from: 'owned' };
    await shop.post('', order, { ...KEY(), ...owner });
    const stranger = await as('usr_other');
    const seen = await shop.get('/mine', stranger.authorization.slice('Bearer '.length));
    assert.equal(seen.statusCode, 404);
    const capture = await shop.post('/mine/capture', {}, { ...KEY(), ...stranger });
    assert.equal(capture.statusCode, 404);
    assert.equal((await shop.post('/mine/void', {}, { ...KEY(), ...owner })).statusCode, 200);
  });
});

it('says in its OpenAPI document what each route takes and answers', async () => {
  const document = (await shop.app.inject({ url: '/openapi.json' })).json<{
    paths: Record<string, Record<string, { responses: Record<string, object> }>>;
  }>();
  const pay = document.paths[BASE_PATH]?.['post'];
  const statuses = [
    '200',
    '201',
    '202',
    '400',
    '401',
    '403',
    '404',
    '409',
    '413',
    '415',
    '422',
    '503',
  ];
  assert.deepEqual(Object.keys(pay?.responses ?? {}).toSorted(), statuses);
});
