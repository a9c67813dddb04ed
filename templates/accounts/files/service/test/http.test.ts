import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { LEDGER, ledgerStreams, SCOPES } from '../src/names.ts';
import { Branch } from './support/branch.ts';
import type { Instance } from './support/instance.ts';

let branch: Branch;
let accounts: Instance;
before(async () => {
  branch = await Branch.open();
  accounts = await branch.start();
});
after(() => branch[Symbol.asyncDispose]());

const eur = (accountId: string) => ({ accountId, currency: 'EUR' });

function changeIdOf(event: { data: unknown } | undefined): string {
  const { changeId } = (event?.data ?? {}) as { changeId: string };
  return changeId;
}

async function refusedAs(path: string, body: object | string | undefined, code: string) {
  const reply = await accounts.post(path, body);
  const problem = reply.json<{ type: string; status: number; detail: string }>();
  assert.match(String(reply.headers['content-type']), /^application\/problem\+json/);
  assert.equal(problem.status, reply.statusCode);
  assert.equal(problem.type.split(':').at(-1), code, reply.body);
  return { status: reply.statusCode, detail: problem.detail };
}

describe('opening an account', () => {
  it('asks the ledger and answers 201, where it is, with all its terms', async () => {
    const events = branch.store.events.length;
    const terms = { ...eur('alice'), kind: 'asset', overdraft: 5, owner: 'usr_1' };
    const reply = await accounts.post('', terms);
    assert.equal(reply.statusCode, 201, reply.body);
    assert.deepEqual(reply.json(), { ...terms, status: 'open' });
    assert.equal(reply.headers.location?.endsWith('/alice'), true);
    assert.deepEqual((await accounts.get('/alice')).json(), reply.json());
    const log = branch.store.events.slice(events);
    assert.deepEqual(
      log.map(({ type }) => type.split('.').slice(1, 3).join('.')),
      ['accounts.opening-requested', 'ledger.account-opened', 'accounts.opened'],
    );
    const changeId = changeIdOf(log[0]);
    assert.equal(branch.ledger.calls.at(-1), `/v1/${LEDGER}/accounts ${changeId}:open`);
  });

  it('gives it an id, and makes it a liability without an overdraft, unless told', async () => {
    const reply = await accounts.post('', { currency: 'JPY' });
    const { accountId, ...rest } = reply.json<{ accountId: string }>();
    assert.deepEqual(rest, { currency: 'JPY', kind: 'liability', overdraft: 0, status: 'open' });
    assert.equal(reply.headers.location?.endsWith(`/${accountId}`), true);
    assert.equal((await accounts.get(`/${accountId}`)).statusCode, 200);
  });

  it('is 200 for the very same account, and 409 for an id that another has', async () => {
    assert.equal((await accounts.post('', eur('same'))).statusCode, 201);
    const again = await accounts.post('', { ...eur('same'), kind: 'liability', overdraft: 0 });
    assert.equal(again.statusCode, 200);
    for (const other of [
      { currency: 'USD' },
      { kind: 'asset' },
      { overdraft: 1 },
      { owner: 'x' },
    ]) {
      const { status } = await refusedAs('', { ...eur('same'), ...other }, 'account-exists');
      assert.equal(status, 409);
    }
  });

  it('passes the refusal of the ledger on, and records it', async () => {
    branch.ledger.openBySomebody({ ...eur('taken'), kind: 'equity' }, { unseen: true });
    const { status, detail } = await refusedAs('', eur('taken'), 'account-exists');
    assert.deepEqual([status, detail], [409, 'the ledger says account-exists']);
    assert.equal(branch.history.at(-1), 'opening-refused');
    assert.equal((await accounts.get('/taken')).statusCode, 404);
  });

  it('tells a retry the same refusal, though another request has got the account since', async () => {
    const key = { 'idempotency-key': 'refused-once' };
    const wanted = { ...eur('wished'), overdraft: 1 };
    branch.ledger.openBySomebody({ ...eur('wished'), kind: 'liability' }, { unseen: true });
    const first = await accounts.post('', wanted, key);
    assert.equal(first.statusCode, 409);
    assert.equal((await accounts.post('', eur('wished'))).statusCode, 201);
    const again = await accounts.post('', wanted, key);
    assert.equal(again.statusCode, 409);
    assert.equal(again.headers['idempotency-replayed'], 'true');
    const told = [first, again].map((reply) => reply.json<{ detail: string }>().detail);
    assert.deepEqual(told, Array(2).fill('the ledger says account-exists'));
  });

  it('may be tried again after a refusal', async () => {
    const reply = await accounts.post('', { ...eur('taken'), kind: 'equity' });
    assert.equal(reply.statusCode, 201, reply.body);
  });

  it('takes what the ledger had already from nobody: not with an owner', async () => {
    branch.ledger.openBySomebody({ ...eur('common'), kind: 'liability' }, { unseen: true });
    await refusedAs('', { ...eur('common'), owner: 'usr_1' }, 'account-exists');
    assert.equal(branch.history.at(-1), 'opening-refused');
    assert.equal((await accounts.post('', eur('common'))).statusCode, 201);
  });
});

describe('changing an account', () => {
  it('freezes, unfreezes and closes it in the ledger', async () => {
    await accounts.post('', eur('bob'));
    for (const [change, status] of [
      ['freeze', 'frozen'],
      ['unfreeze', 'open'],
      ['close', 'closed'],
    ]) {
      const reply = await accounts.post(`/bob/${change}`);
      assert.equal(reply.statusCode, 200, reply.body);
      assert.deepEqual(reply.json(), { accountId: 'bob', status });
      const changeId = changeIdOf(branch.store.events.at(-1));
      const call = `/v1/${LEDGER}/accounts/bob/${change} ${changeId}:${change}`;
      assert.equal(branch.ledger.calls.at(-1), call);
      const found = (await accounts.get('/bob')).json<{ status: string }>();
      assert.equal(found.status, status);
    }
  });

  it('passes the refusal of the ledger on, and records it', async () => {
    await accounts.post('', eur('carla'));
    await accounts.post('/carla/freeze');
    for (const change of ['freeze', 'close']) {
      const { status } = await refusedAs(`/carla/${change}`, undefined, 'account-frozen');
      assert.equal(status, 409);
      assert.equal(branch.history.at(-1), 'change-refused');
    }
    assert.equal((await accounts.post('/carla/unfreeze')).statusCode, 200);
  });

  it('works on what the ledger opened by itself', async () => {
    branch.ledger.openBySomebody({ ...eur('cash'), kind: 'asset' });
    await accounts.model.reached(branch.store.events.length, AbortSignal.timeout(2000));
    assert.equal((await accounts.post('/cash/freeze')).statusCode, 200);
    assert.deepEqual((await accounts.get('/cash')).json(), {
      ...eur('cash'),
      kind: 'asset',
      overdraft: 0,
      status: 'frozen',
    });
  });

  it('is 404 for an account that nobody has, and asks nobody', async () => {
    const [events, calls] = [branch.store.events.length, branch.ledger.calls.length];
    assert.equal((await refusedAs('/nobody/freeze', undefined, 'account-unknown')).status, 404);
    assert.equal((await accounts.get('/nobody')).statusCode, 404);
    assert.equal((await accounts.get('/nobody/balance')).statusCode, 404);
    assert.equal(branch.store.events.length, events);
    assert.equal(branch.ledger.calls.length, calls);
  });

  it('takes no body', async () => {
    assert.equal((await accounts.post('/bob/freeze', { reason: 'x' })).statusCode, 400);
  });
});

describe('a balance', () => {
  const balance = async (id: string) => (await accounts.get(`/${id}/balance`)).json<object>();
  const caughtUp = () =>
    accounts.model.reached(branch.store.events.length, AbortSignal.timeout(2000));

  it("is what the ledger's events add up to, with what is held", async () => {
    await accounts.post('', { ...eur('dora'), overdraft: 50 });
    branch.ledger.credit('dora', 700);
    const hold = { holdId: 'h1', accountId: 'dora', amount: 100, currency: 'EUR' };
    branch.store.record(ledgerStreams.hold('h1'), { type: 'ledger.hold-placed', data: hold });
    await caughtUp();
    const figures = { balance: 700, held: 100, available: 650 };
    assert.deepEqual(await balance('dora'), { ...eur('dora'), ...figures });
    branch.store.record(ledgerStreams.hold('h1'), { type: 'ledger.hold-voided', data: hold });
    await caughtUp();
    assert.deepEqual(await balance('dora'), {
      ...eur('dora'),
      ...figures,
      held: 0,
      available: 750,
    });
  });

  it('says what is available in digits where that passes 2^53 − 1', async () => {
    const most = Number.MAX_SAFE_INTEGER;
    await accounts.post('', { ...eur('rich'), overdraft: most });
    branch.ledger.credit('rich', most);
    await caughtUp();
    const available = String(2n * BigInt(most));
    assert.deepEqual(await balance('rich'), { ...eur('rich'), balance: most, held: 0, available });
  });

  it('has nothing available to it where the kind of account has no floor', async () => {
    await accounts.post('', { ...eur('capital'), kind: 'equity' });
    assert.deepEqual(await balance('capital'), { ...eur('capital'), balance: 0, held: 0 });
  });
});

describe('a malformed request is 400 and writes nothing', () => {
  const cases: [string, object | string][] = [
    ['without a currency', { accountId: 'x' }],
    ['with a currency that is none', { currency: 'XXX' }],
    ['with a currency in small letters', { currency: 'eur' }],
    ['with a kind that is none', { currency: 'EUR', kind: 'loan' }],
    ['with an id that is a path', { currency: 'EUR', accountId: '../x' }],
    ['with an id of 65', { currency: 'EUR', accountId: 'x'.repeat(65) }],
    ['with a negative overdraft', { currency: 'EUR', overdraft: -1 }],
    ['with an overdraft beyond 2^53 − 1', '{"currency":"EUR","overdraft":9007199254740992}'],
    ['with an overdraft written as a float', '{"currency":"EUR","overdraft":1.0}'],
    ['with an owner that is nobody', { currency: 'EUR', owner: '' }],
    ['with an owner of 256', { currency: 'EUR', owner: 'x'.repeat(256) }],
    ['with an owner that holds a line break', { currency: 'EUR', owner: 'a\nb' }],
    ['with an owner that holds half a character', '{"currency":"EUR","owner":"\\ud800"}'],
    ['with an unknown member', { currency: 'EUR', status: 'open' }],
    ['with a member twice', '{"currency":"EUR","currency":"EUR"}'],
    ['without a body', ''],
  ];
  for (const [name, body] of cases) {
    it(name, async () => {
      const events = branch.store.events.length;
      assert.equal((await accounts.post('', body)).statusCode, 400);
      assert.equal(branch.store.events.length, events);
    });
  }
});

it('describes its routes, each with its scope', async () => {
  const { paths } = (await accounts.app.inject('/openapi.json')).json<{
    paths: Record<string, Record<string, { security?: { bearer: string[] }[] }>>;
  }>();
  const operations = Object.entries(paths)
    .filter(([path]) => path.startsWith('/v1/'))
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { security }]) => [
        `${method} ${path.replace(/^\/v1\/[^/]+/, '')}`,
        security?.[0]?.bearer[0],
      ]),
    );
  assert.deepEqual(Object.fromEntries(operations), {
    'post ': SCOPES.write,
    'post /{id}/freeze': SCOPES.write,
    'post /{id}/unfreeze': SCOPES.write,
    'post /{id}/close': SCOPES.write,
    'get /{id}': SCOPES.read,
    'get /{id}/balance': SCOPES.read,
  });
});
