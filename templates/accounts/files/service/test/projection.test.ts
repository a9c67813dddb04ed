import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { LEDGER, ledgerStreams, streams } from '../src/names.ts';
import { Branch } from './support/branch.ts';
import type { Instance } from './support/instance.ts';
import { tokenWith } from './support/tokens.ts';

const folder = mkdtempSync(join(tmpdir(), 'accounts-model-'));
after(() => rmSync(folder, { recursive: true }));

async function lines(instance: Instance, name: string): Promise<unknown[]> {
  const authorization = `Bearer ${await tokenWith()}`;
  const url = `/internal/projections/${name}`;
  const reply = await instance.app.inject({ url, headers: { authorization } });
  assert.equal(reply.statusCode, 200, reply.body);
  return reply.body
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
}

/** Both projections, at one position. */
async function everything(instance: Instance): Promise<unknown[][]> {
  return [await lines(instance, 'accounts'), await lines(instance, 'balances')];
}

const caughtUp = ({ model }: Instance, { store }: Branch) =>
  model.reached(store.events.length, AbortSignal.timeout(2000));

describe('the read model', () => {
  it('goes on from where it stopped, and says the same as one built anew', async () => {
    await using branch = await Branch.open();
    const dataFolder = join(folder, 'resume');
    const first = await branch.start({ dataFolder });
    await first.post('', { accountId: 'alice', currency: 'EUR', owner: 'usr_anna' });
    branch.ledger.credit('alice', 70);
    await caughtUp(first, branch);
    await branch.stop(first);
    const other = await branch.start();
    await other.post('', { accountId: 'bob', currency: 'KWD', overdraft: 9 });
    await other.post('/bob/freeze');
    await other.post('/bob/close');
    branch.ledger.credit('alice', 5);
    const resumed = await branch.start({ dataFolder });
    const anew = await branch.start();
    assert.deepEqual(await everything(resumed), await everything(anew));
    assert.deepEqual(await everything(resumed), [
      [
        { position: String(branch.store.events.length) },
        {
          key: 'alice',
          value: { currency: 'EUR', kind: 'liability', owner: 'usr_anna', status: 'open' },
        },
        { key: 'bob', value: { currency: 'KWD', kind: 'liability', overdraft: 9, status: 'open' } },
      ],
      [
        { position: String(branch.store.events.length) },
        { key: 'alice', value: figures({ balance: 75 }) },
        { key: 'bob', value: figures({ currency: 'KWD', overdraft: 9, status: 'frozen' }) },
      ],
    ]);
  });

  it('leaves out what it cannot read, and goes on', async () => {
    await using branch = await Branch.open();
    const accounts = await branch.start();
    await accounts.post('', { accountId: 'alice', currency: 'EUR' });
    const stream = ledgerStreams.account('alice');
    const credit = (amount: unknown) => {
      return { postings: [{ accountId: 'alice', direction: 'credit', amount, currency: 'EUR' }] };
    };
    const bad: [string, string, unknown][] = [
      [stream, 'x.ledger.account-frozen.v2', { accountId: 'alice' }],
      [stream, 'x.ledger.account-frozen.v1', { accountId: 'nobody' }],
      [stream, 'x.ledger.transaction-posted.v1', undefined],
      [stream, 'x.ledger.transaction-posted.v1', credit('5')],
      [stream, 'x.ledger.transaction-posted.v1', credit(-5)],
      [stream, 'x.ledger.transaction-posted.v1', credit(0.5)],
      [stream, 'x.ledger.hold-voided.v1', { holdId: 'none' }],
      [streams.account('alice'), 'x.accounts.frozen.v1', { accountId: 'alice', changeId: 'none' }],
      [streams.account('alice'), 'x.accounts.freeze-requested.v2', {}],
    ];
    for (const [subject, type, data] of bad) branch.store.record(subject, { type, data });
    branch.ledger.credit('alice', 5);
    await caughtUp(accounts, branch);
    const [, balances] = await everything(accounts);
    assert.deepEqual(balances?.slice(1), [{ key: 'alice', value: figures({ balance: 5 }) }]);
    assert.equal((await accounts.post('/alice/freeze')).statusCode, 200);
  });

  it('counts a hold once, however often its end is told', async () => {
    await using branch = await Branch.open();
    const accounts = await branch.start();
    await accounts.post('', { accountId: 'alice', currency: 'EUR' });
    for (const [holdId, amount] of [
      ['h1', 30],
      ['h2', 4],
    ] as const) {
      const data = { holdId, accountId: 'alice', amount, currency: 'EUR' };
      branch.store.record(ledgerStreams.hold(holdId), { type: 'ledger.hold-placed', data });
    }
    for (const type of ['ledger.hold-voided', 'ledger.hold-expired', 'ledger.hold-voided']) {
      branch.store.record(ledgerStreams.hold('h1'), { type, data: { holdId: 'h1' } });
    }
    await caughtUp(accounts, branch);
    const [, balances] = await everything(accounts);
    assert.deepEqual(balances?.slice(1), [{ key: 'alice', value: figures({ held: 4 }) }]);
  });

  it('takes nothing from another ledger, or another service of this kind', async () => {
    await using branch = await Branch.open();
    const accounts = await branch.start();
    const data = { accountId: 'alice', changeId: 'c1', currency: 'EUR', kind: 'liability' };
    for (const prefix of [`${LEDGER}-eu`, 'other']) {
      branch.store.record(`${prefix}-account-alice`, { type: 'x.ledger.account-opened', data });
    }
    branch.store.record(streams.account('alice').replace('-account-', '-eu-account-'), {
      type: 'x.accounts.opening-requested',
      data,
    });
    await caughtUp(accounts, branch);
    assert.deepEqual(
      (await everything(accounts)).map(({ length }) => length),
      [1, 1],
    );
  });
});

function figures(some: object): object {
  const usual = { currency: 'EUR', kind: 'liability', overdraft: 0, status: 'open' };
  return { ...usual, balance: 0, held: 0, ...some };
}
