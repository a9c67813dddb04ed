import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, it } from 'node:test';
import { SERVICE, streams } from '../src/names.ts';
import type { StoredEvent } from '../src/platform/event-store.ts';
import { Database, databaseFile } from '../src/projection/database.ts';
import { fold } from '../src/projection/fold.ts';
import { ReadModel } from '../src/projection/read-model.ts';
import { Tables } from '../src/projection/tables.ts';
import { Bank } from './support/bank.ts';
import { tokenWith } from './support/tokens.ts';

const folder = mkdtempSync(join(tmpdir(), 'ledger-model-'));
after(() => rmSync(folder, { recursive: true }));

/** Types of the events that a new read model leaves out. */
function unreadable(events: StoredEvent[]): string[] {
  const types: string[] = [];
  const database = new Database(join(folder, randomUUID()));
  const tables = new Tables(database);
  const model = new ReadModel({
    database,
    fold: (event) => fold(tables, event),
    log: { error: ({ type }: { type: string }) => types.push(type) },
  });
  model.apply(events);
  model.close();
  return types;
}

async function lines(bank: Bank, name: string, token?: string): Promise<unknown[]> {
  const reply = await bank.app.inject({
    url: `/internal/projections/${name}`,
    headers: { authorization: `Bearer ${token ?? (await tokenWith())}` },
  });
  assert.equal(reply.statusCode, 200, reply.body);
  return reply.body
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
}

describe('the read model', () => {
  it('goes on from where it stopped, and says the same as one built anew', async () => {
    const dataFolder = join(folder, 'resume');
    const first = await Bank.open({ dataFolder });
    const { store } = first;
    await first.openAccounts('alice', 'bob');
    await first.move(10, { from: 'capital', to: 'alice' });
    await first[Symbol.asyncDispose]();
    const at = store.events.length;
    {
      await using second = await Bank.open({ store });
      await second.move(3, { from: 'alice', to: 'bob' });
    }
    await using resumed = await Bank.open({ dataFolder, store });
    await using anew = await Bank.open({ store });
    assert.ok(at < resumed.model.position);
    assert.deepEqual(await lines(resumed, 'balances'), await lines(anew, 'balances'));
    assert.equal(await resumed.balanceOf('alice'), 7);
  });

  it('starts anew when the log is another one', async () => {
    const dataFolder = join(folder, 'reset');
    {
      await using bank = await Bank.open({ dataFolder });
      await bank.openAccounts('alice');
    }
    await using bank = await Bank.open({ dataFolder });
    assert.equal((await bank.get('/accounts/alice')).statusCode, 404);
    assert.equal(bank.model.position, 0);
  });

  it('is made anew when its file is of another version', async () => {
    const dataFolder = join(folder, 'version');
    const first = await Bank.open({ dataFolder });
    await first.openAccounts('alice');
    await first[Symbol.asyncDispose]();
    const file = new DatabaseSync(databaseFile(dataFolder));
    file.exec('DROP TABLE accounts; PRAGMA user_version = 99');
    file.close();
    await using bank = await Bank.open({ dataFolder, store: first.store });
    assert.equal(await bank.balanceOf('alice'), 0);
  });

  it('leaves out and reports what it cannot read, and goes on', async () => {
    await using bank = await Bank.open();
    await bank.openAccounts('alice');
    const account = streams.account('alice');
    const bad: [string, unknown][] = [
      ['x.ledger.account-frozen.v2', { accountId: 'alice' }],
      ['x.ledger.transaction-posted.v1', undefined],
      ['ledger.hold-voided', { holdId: 'none' }],
      ['ledger.hold-placed', { holdId: 'h', accountId: 'alice', amount: '5', currency: 'EUR' }],
    ];
    for (const [type, data] of bad) bank.store.record(account, { type, data });
    const closed = { type: 'ledger.account-closed', data: { accountId: 'alice' } };
    bank.store.record('someone-else', closed);
    bank.store.record(`${SERVICE}-eu-account-alice`, closed);
    bank.store.record(account, { type: 'x.ledger.account-frozen', data: { accountId: 'alice' } });
    await bank.model.reached(bank.store.events.length, AbortSignal.timeout(2000));
    const { status } = (await bank.get('/accounts/alice')).json<{ status: string }>();
    assert.equal(status, 'frozen');
    assert.equal((await bank.post('/accounts/alice/unfreeze')).statusCode, 200);
    assert.deepEqual(
      unreadable(bank.store.events),
      bad.map(([type]) => type),
    );
  });

  it('does not skip an event', async () => {
    await using bank = await Bank.open();
    const event = { id: '1', type: 'x', subject: 'y', streamrevision: 0, recordedtime: '' };
    const next = String(bank.model.position + 2);
    assert.throws(() => bank.model.apply([{ ...event, globalposition: next }]), /is missing/);
  });
});

describe('a projection for others', () => {
  it('starts with its position and lists every key', async () => {
    await using bank = await Bank.open();
    await bank.openAccounts('alice');
    await bank.move(5, { from: 'capital', to: 'alice' });
    await bank.post('/holds', { holdId: 'h1', accountId: 'alice', amount: 2, currency: 'EUR' });
    const figures = { currency: 'EUR', overdraft: 0, status: 'open' };
    assert.deepEqual(await lines(bank, 'balances'), [
      { position: String(bank.store.events.length) },
      { key: 'alice', value: { ...figures, kind: 'liability', balance: 5, held: 2 } },
      { key: 'capital', value: { ...figures, kind: 'equity', balance: -5, held: 0 } },
    ]);
    const value = { accountId: 'alice', amount: 2, currency: 'EUR', status: 'pending' };
    assert.deepEqual((await lines(bank, 'holds'))[1], { key: 'h1', value });
  });

  it('needs its scope, and a name', async () => {
    await using bank = await Bank.open();
    const authorization = `Bearer ${await tokenWith({ scope: 'other' })}`;
    const closed = await bank.app.inject({
      url: '/internal/projections/balances',
      headers: { authorization },
    });
    assert.equal(closed.statusCode, 403);
    const unknown = await bank.app.inject({
      url: '/internal/projections/constructor',
      headers: { authorization: `Bearer ${await tokenWith()}` },
    });
    assert.equal(unknown.statusCode, 404);
  });
});

describe('reports', () => {
  it('states what moved an account, page by page, with the balance after', async () => {
    await using bank = await Bank.open();
    await bank.openAccounts('alice', 'bob');
    await bank.move(10, { from: 'capital', to: 'alice' });
    await bank.move(4, { from: 'alice', to: 'bob' });
    await bank.move(1, { from: 'alice', to: 'bob' });
    const first = (await bank.get('/accounts/alice/statement?limit=2')).json<{
      balance: number;
      entries: { amount: number; direction: string; balance: number }[];
      next: number;
    }>();
    assert.equal(first.balance, 5);
    assert.deepEqual(
      first.entries.map((entry) => [entry.direction, entry.amount, entry.balance]),
      [
        ['credit', 10, 10],
        ['debit', 4, 6],
      ],
    );
    const second = (await bank.get(`/accounts/alice/statement?after=${first.next}`)).json<{
      entries: { balance: number }[];
      next?: number;
    }>();
    assert.deepEqual(
      second.entries.map(({ balance }) => balance),
      [5],
    );
    assert.equal(second.next, undefined);
  });

  it('balances debits against credits, exactly past 2^53', async () => {
    await using bank = await Bank.open();
    const most = Number.MAX_SAFE_INTEGER;
    await bank.openAccounts('alice', 'bob');
    await bank.post('/accounts', { accountId: 'cash', currency: 'EUR', kind: 'asset' });
    await bank.move(most, { from: 'capital', to: 'alice' });
    await bank.move(2, { from: 'cash', to: 'bob' });
    const report = (await bank.get('/trial-balance?limit=2')).json<{
      currencies: object[];
      accounts: { accountId: string }[];
      next: string;
    }>();
    const sum = String(BigInt(most) + 2n);
    assert.deepEqual(report.currencies, [
      { currency: 'EUR', debit: sum, credit: sum, balanced: true },
    ]);
    assert.deepEqual(
      report.accounts.map(({ accountId }) => accountId),
      ['alice', 'bob'],
    );
    assert.equal(report.next, 'bob');
  });

  it('shows the position it stands at', async () => {
    await using bank = await Bank.open();
    await bank.openAccounts(randomUUID());
    const { position } = (await bank.get('/trial-balance')).json<{ position: string }>();
    assert.equal(position, String(bank.store.events.length));
  });
});
