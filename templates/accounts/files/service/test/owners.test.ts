import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Branch, postAs, tokenOf } from './support/branch.ts';
import type { Instance } from './support/instance.ts';

let branch: Branch;
let accounts: Instance;
before(async () => {
  branch = await Branch.open();
  accounts = await branch.start();
  await accounts.post('', { accountId: 'annas', currency: 'EUR', owner: 'usr_anna' });
  await accounts.post('', { accountId: 'common', currency: 'EUR' });
});
after(() => branch[Symbol.asyncDispose]());

const anna = await tokenOf('usr_anna');
const bert = await tokenOf('usr_bert');
const service = await tokenOf('payments', { client: 'payments' });
const operator = await tokenOf('usr_operator', { any: true });

/** Statuses of looking at an account and of changing it back and forth. */
async function tries(accountId: string, token: string): Promise<number[]> {
  const statuses = [
    await accounts.get(`/${accountId}`, token),
    await accounts.get(`/${accountId}/balance`, token),
    await postAs(accounts, token, { path: `/${accountId}/freeze` }),
    await postAs(accounts, token, { path: `/${accountId}/unfreeze` }),
  ];
  return statuses.map(({ statusCode }) => statusCode);
}

describe('an account with an owner', () => {
  it('is for the owner, for services in their own name and for whoever may see any', async () => {
    assert.deepEqual(await tries('annas', anna), [200, 200, 200, 200]);
    assert.deepEqual(await tries('annas', service), [200, 200, 200, 200]);
    assert.deepEqual(await tries('annas', operator), [200, 200, 200, 200]);
  });

  it('does not exist for others, in the very words of one that does not', async () => {
    assert.deepEqual(await tries('annas', bert), [404, 404, 404, 404]);
    const closed = (await accounts.get('/annas', bert)).json<object>();
    const absent = (await accounts.get('/nobody', bert)).body.replaceAll('nobody', 'annas');
    assert.deepEqual(
      { ...closed, traceId: '' },
      { ...(JSON.parse(absent) as object), traceId: '' },
    );
  });

  it('tells others nothing by way of a key that its owner used', async () => {
    const freeze = { path: '/annas/freeze', key: 'k1' };
    assert.equal((await postAs(accounts, anna, freeze)).statusCode, 200);
    assert.equal((await postAs(accounts, bert, freeze)).statusCode, 404);
    assert.equal((await postAs(accounts, anna, freeze)).statusCode, 200);
    await postAs(accounts, anna, { path: '/annas/unfreeze' });
  });

  it('is closed to others while the ledger has not opened it', async () => {
    branch.ledger.up = false;
    const wanted = { accountId: 'late', currency: 'EUR', owner: 'usr_anna' };
    const opening = accounts.post('', wanted);
    while ((await accounts.get('/late', anna)).statusCode === 404) await sleep(5);
    assert.equal((await accounts.get('/late', bert)).statusCode, 404);
    const frozen = await postAs(accounts, bert, { path: '/late/freeze' });
    assert.equal(frozen.statusCode, 404);
    branch.ledger.up = true;
    assert.equal((await opening).statusCode, 201);
  });
});

describe('an account without an owner', () => {
  it('is for everybody with the scopes', async () => {
    assert.deepEqual(await tries('common', anna), [200, 200, 200, 200]);
    assert.deepEqual(await tries('common', bert), [200, 200, 200, 200]);
  });
});
