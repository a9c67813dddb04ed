import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { generateKeyPair, SignJWT } from 'jose';
import { createServer } from '../src/http/app.ts';
import { SCOPES } from '../src/names.ts';
import { Bank } from './support/bank.ts';
import { tokenWith } from './support/tokens.ts';

let bank: Bank;
before(async () => {
  bank = await Bank.open();
  await bank.openAccounts('alice', 'bob');
  await bank.move(1000, { from: 'capital', to: 'alice' });
});
after(() => bank[Symbol.asyncDispose]());

const KEY = () => ({ 'idempotency-key': crypto.randomUUID() });

function transfer(amount: unknown = 1): { postings: Record<string, unknown>[] } {
  return {
    postings: [
      { accountId: 'alice', direction: 'debit', amount, currency: 'EUR' },
      { accountId: 'bob', direction: 'credit', amount, currency: 'EUR' },
    ],
  };
}

async function refusedAs(body: object | string, code: string, status = 400): Promise<void> {
  const events = bank.store.events.length;
  const reply = await bank.post('/transactions', body, KEY());
  assert.equal(reply.statusCode, status, reply.body);
  assert.match(String(reply.headers['content-type']), /^application\/problem\+json/);
  const problem = reply.json<{ type: string; status: number; traceId: string }>();
  assert.equal(problem.type.split(':').at(-1), code, reply.body);
  assert.equal(problem.status, status);
  assert.match(problem.traceId, /^[0-9a-f]{32}$/);
  if (status === 400) assert.equal(bank.store.events.length, events, 'nothing was written');
}

describe('a transaction', () => {
  it('is posted: 201, where it is, and both balances moved', async () => {
    const [alice, bob] = [await bank.balanceOf('alice'), await bank.balanceOf('bob')];
    const reply = await bank.post('/transactions', transfer(250), KEY());
    assert.equal(reply.statusCode, 201, reply.body);
    const { transactionId, postings } = reply.json<{ transactionId: string; postings: object }>();
    assert.deepEqual(postings, transfer(250).postings);
    assert.equal(reply.headers.location?.endsWith(`/transactions/${transactionId}`), true);
    assert.equal(await bank.balanceOf('alice'), alice - 250);
    assert.equal(await bank.balanceOf('bob'), bob + 250);
    const found = await bank.get(`/transactions/${transactionId}`);
    assert.deepEqual(found.json(), reply.json());
  });

  it('is written as one append: itself, an entry per account, the command last', async () => {
    const before = bank.store.types.length;
    await bank.move(1, { from: 'alice', to: 'bob' });
    assert.deepEqual(
      bank.store.types.slice(before).map((type) => type.split('.')[1]),
      ['transaction-posted', 'account-entered', 'account-entered', 'command-completed'],
    );
  });
});

describe('a malformed transaction is 400 and writes nothing', () => {
  const cases: [string, object | string, string][] = [
    ['a fraction', transfer(10.5), 'not-an-integer'],
    ['a whole number written as a float', text('10.00'), 'not-an-integer'],
    ['an exponent', text('1e3'), 'not-an-integer'],
    ['beyond 2^53 − 1', text('9007199254740992'), 'invalid-request'],
    ['negative', transfer(-1), 'invalid-request'],
    ['zero', transfer(0), 'invalid-request'],
    ['digits in a string', transfer('100'), 'invalid-request'],
    ['no amount', transfer(null), 'invalid-request'],
    ['an unknown member', { ...transfer(), note: 'x' }, 'invalid-request'],
    ['a member named __proto__', '{"postings":[],"__proto__":{}}', 'invalid-request'],
    ['no postings', { postings: [] }, 'invalid-request'],
    ['101 postings', { postings: Array(101).fill(transfer().postings[0]) }, 'invalid-request'],
    ['a duplicate member', '{"postings":[],"p\\u006fstings":[]}', 'duplicate-member'],
    ['half a body', '{"postings":[', 'malformed-json'],
    ['a byte order mark', `\ufeff${JSON.stringify(transfer())}`, 'malformed-json'],
    ['an array', '[]', 'invalid-request'],
    ['no body', '', 'invalid-request'],
    ['30 February', { ...transfer(), effectiveAt: '2027-02-30T00:00:00Z' }, 'invalid-request'],
    ['a path as id', { ...transfer(), transactionId: '../x' }, 'invalid-request'],
    ['an id of 65', { ...transfer(), transactionId: 'x'.repeat(65) }, 'invalid-request'],
  ];
  for (const [name, body, code] of cases) it(name, () => refusedAs(body, code));

  it('currencies that are none, or no longer', async () => {
    for (const currency of ['XXX', 'eur', 'DEM', 'EURO', '']) {
      const { postings } = transfer();
      await refusedAs(
        { postings: postings.map((one) => ({ ...one, currency })) },
        'invalid-request',
      );
    }
  });

  it('names the member it does not know', async () => {
    const reply = await bank.post('/transactions', { ...transfer(), amuont: 1 }, KEY());
    assert.match(reply.body, /no member \\"amuont\\"/);
  });

  function text(amount: string): string {
    return JSON.stringify(transfer(0)).replaceAll('"amount":0', `"amount":${amount}`);
  }
});

describe('what the ledger refuses', () => {
  it('is 422 unbalanced', async () => {
    const { postings } = transfer(2);
    await refusedAs({ postings: [postings[0], { ...postings[1], amount: 1 }] }, 'unbalanced', 422);
  });

  it('is 422 beyond what is there', () =>
    refusedAs(transfer(1_000_000), 'insufficient-funds', 422));

  it('is 404 for an account that nobody opened', async () => {
    const { postings } = transfer();
    const body = { postings: [postings[0], { ...postings[1], accountId: 'nobody' }] };
    await refusedAs(body, 'account-unknown', 404);
    assert.equal((await bank.get('/accounts/nobody')).statusCode, 404);
    assert.equal((await bank.get('/accounts/nobody/statement')).statusCode, 404);
    assert.equal((await bank.get('/transactions/none')).statusCode, 404);
    assert.equal((await bank.get('/holds/none')).statusCode, 404);
    assert.equal((await bank.post('/accounts/nobody/freeze')).statusCode, 404);
    assert.equal((await bank.post('/holds/none/void')).statusCode, 404);
  });

  it('is 409 for an account that is frozen, until it is unfrozen', async () => {
    await bank.openAccounts('carla');
    assert.equal((await bank.post('/accounts/carla/freeze')).statusCode, 200);
    assert.equal((await bank.move(1, { from: 'alice', to: 'carla' })).statusCode, 409);
    assert.equal((await bank.post('/accounts/carla/freeze')).statusCode, 409);
    assert.equal((await bank.post('/accounts/carla/unfreeze')).statusCode, 200);
    assert.equal((await bank.post('/accounts/carla/unfreeze')).statusCode, 409);
    assert.equal((await bank.post('/accounts/carla/close')).statusCode, 200);
    assert.equal((await bank.move(1, { from: 'alice', to: 'carla' })).statusCode, 409);
    assert.equal((await bank.get('/accounts/carla')).json<{ status: string }>().status, 'closed');
  });

  it('is 409 for an account that exists otherwise, and 200 for the very same', async () => {
    const wanted = { accountId: 'alice', currency: 'EUR', kind: 'liability' };
    assert.equal((await bank.post('/accounts', wanted)).statusCode, 200);
    assert.equal((await bank.post('/accounts', { ...wanted, kind: 'asset' })).statusCode, 409);
  });
});

describe('the wire', () => {
  it('takes 64 KiB and no byte more', async () => {
    const body = (length: number) => `{"postings":"${'x'.repeat(length - 15)}"}`;
    await refusedAs(body(65_536), 'invalid-request', 400);
    await refusedAs(body(65_537), 'invalid-request', 413);
  });

  it('takes JSON only', async () => {
    const xml = { ...KEY(), 'content-type': 'text/xml' };
    assert.equal((await bank.post('/transactions', '<a/>', xml)).statusCode, 415);
  });

  it('refuses a body where the path says it all', async () => {
    assert.equal((await bank.post('/accounts/alice/freeze', { reason: 'x' })).statusCode, 400);
  });

  it('answers unknown paths and broken ones with problem details', async () => {
    const unknown = await bank.get('/nothing');
    assert.equal(unknown.statusCode, 404);
    assert.match(String(unknown.headers['content-type']), /problem\+json/);
    assert.equal((await bank.get('/accounts/%zz')).statusCode, 400);
    assert.equal((await bank.get('/accounts/a%2fb')).statusCode, 400);
    assert.equal((await bank.get('/accounts/alice/statement?limit=1001')).statusCode, 400);
    assert.equal((await bank.get('/accounts/alice/statement?page=2')).statusCode, 400);
  });

  it('says of an id beyond all lengths that it is too long, and not which', async () => {
    const reply = await bank.get(`/accounts/${'x'.repeat(7000)}`);
    assert.equal(reply.statusCode, 414);
    const { title, detail } = reply.json<{ title: string; detail: string }>();
    assert.deepEqual([title, detail], ['URI too long', 'an id in the path is too long']);
  });

  it('cuts off a request whose body drips, within 2 s of its time', async () => {
    await using app = createServer('silent', 500);
    app.post('/', () => 'read');
    const url = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
    const startMs = performance.now();
    const socket = connect({ host: url.hostname, port: Number(url.port), allowHalfOpen: true });
    const type = 'Content-Type: application/json\r\nContent-Length: 1000';
    socket.write(`POST / HTTP/1.1\r\nHost: ${url.host}\r\n${type}\r\n\r\n`);
    const drip = setInterval(() => socket.write(' '), 50);
    // Being reset is one way to be let go.
    socket.on('error', () => {}).resume();
    await new Promise((resolve) => socket.once('close', resolve));
    clearInterval(drip);
    const heldMs = performance.now() - startMs;
    assert.ok(heldMs > 400 && heldMs < 2500, `${heldMs} ms`);
  });

  it('keeps the trace it was called in, in its answer and in the events', async () => {
    const traceId = 'a'.repeat(32);
    const traceparent = `00-${traceId}-${'b'.repeat(16)}-01`;
    await bank.post('/transactions', transfer(), { ...KEY(), traceparent });
    assert.match(JSON.stringify(bank.store.events.at(-1)), new RegExp(`00-${traceId}-`));
    const refused = await bank.post('/transactions', {}, { ...KEY(), traceparent });
    assert.equal(refused.json<{ traceId: string }>().traceId, traceId);
  });

  it('describes all its routes, each with its scope', async () => {
    const { paths } = (await bank.app.inject('/openapi.json')).json<{
      paths: Record<string, Record<string, { security?: { bearer: string[] }[] }>>;
    }>();
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { security }]) => [
        `${method} ${path.replace(/^\/v1\/[^/]+/, '')}`,
        security?.[0]?.bearer[0],
      ]),
    );
    assert.deepEqual(Object.fromEntries(operations), {
      'get /openapi.json': undefined,
      'get /health/live': undefined,
      'get /health/ready': undefined,
      'post /accounts': SCOPES.post,
      'post /accounts/{id}/freeze': SCOPES.post,
      'post /accounts/{id}/unfreeze': SCOPES.post,
      'post /accounts/{id}/close': SCOPES.post,
      'post /transactions': SCOPES.post,
      'post /holds': SCOPES.post,
      'post /holds/{id}/post': SCOPES.post,
      'post /holds/{id}/void': SCOPES.post,
      'get /accounts/{id}': SCOPES.read,
      'get /accounts/{id}/statement': SCOPES.read,
      'get /transactions/{id}': SCOPES.read,
      'get /holds/{id}': SCOPES.read,
      'get /trial-balance': SCOPES.read,
      'get /internal/projections/{name}': SCOPES.projections,
    });
  });
});

describe('who may enter', () => {
  const nowS = Math.floor(Date.now() / 1000);
  const wrong: [string, Record<string, unknown>, Record<string, string>][] = [
    ['expired', { exp: nowS - 60 }, {}],
    ['not yet valid', { nbf: nowS + 60 }, {}],
    ['of another issuer', { iss: 'http://127.0.0.1:9081' }, {}],
    ['for another audience', { aud: 'events' }, {}],
    ['without a client', { client_id: undefined }, {}],
    ['whose sub holds a line break', { sub: 'a\nb' }, {}],
    ['whose sub holds half a character', { sub: 'a\ud800' }, {}],
    ['whose sub is empty', { sub: '' }, {}],
    ['whose client holds a control character', { client_id: 'a\u0085' }, {}],
    ['of another type', {}, { typ: 'JWT' }],
    ['of another key', {}, { kid: 'other' }],
  ];
  for (const [name, claims, header] of wrong) {
    it(`refuses a token ${name}: 401`, async () => {
      const reply = await bank.get('/accounts/alice', await tokenWith(claims, header));
      assert.equal(reply.statusCode, 401);
      assert.equal(reply.headers['www-authenticate'], 'Bearer error="invalid_token"');
    });
  }

  it('refuses a forged signature and a token that is none: 401', async () => {
    const { privateKey } = await generateKeyPair('ES256');
    const forged = await new SignJWT({ scope: SCOPES.read })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'test' })
      .sign(privateKey);
    assert.equal((await bank.get('/accounts/alice', forged)).statusCode, 401);
    assert.equal((await bank.get('/accounts/alice', 'a.b')).statusCode, 401);
    assert.equal((await bank.get('/accounts/alice', '')).statusCode, 401);
  });

  it('asks for a token before it looks at the body', async () => {
    const reply = await bank.post('/transactions', '{', { authorization: '' });
    assert.equal(reply.statusCode, 401);
  });

  it('refuses a token without the scope: 403, and says which', async () => {
    const reply = await bank.get('/trial-balance', await tokenWith({ scope: SCOPES.post }));
    assert.equal(reply.statusCode, 403);
    assert.match(String(reply.headers['www-authenticate']), /insufficient_scope/);
    assert.match(String(reply.headers['www-authenticate']), new RegExp(SCOPES.read));
  });
});
