import { expect, test } from 'vitest';
import type { LedgerReport } from '../../model/ledger-report.ts';
import { foldFacts } from '../fold.ts';
import { ledgerProjection } from '../projection/ledger-projections.ts';
import { settingsBy } from '../settings.ts';
import { generateLog } from '../testing/generate-log.ts';
import { ndjson } from '../testing/log-writer.ts';
import { bank, type Scenario } from '../testing/scenario.ts';
import { memorySource } from '../testing/verify-bytes.ts';
import type { AsOf } from './as-of.ts';
import { ledgerReport } from './ledger-report.ts';
import { Projected } from './projected.ts';

const { FINTECH_SEED = '1' } = process.env;

async function stateOf(
  log: Scenario | Buffer,
  { asOf = { to: 'end' }, maxKeys = 1000 }: { asOf?: AsOf; maxKeys?: number } = {},
): Promise<LedgerReport> {
  const state = new Projected(ledgerProjection(maxKeys), asOf);
  const bytes = Buffer.isBuffer(log) ? log : ndjson(log.events);
  await foldFacts([memorySource('log', [bytes])], {
    needs: state.needs,
    run: state,
    settings: settingsBy({}),
    signal: new AbortController().signal,
    onProgress: () => {},
  });
  return ledgerReport(state);
}

const at = (position: number): AsOf => ({ to: 'position', position: BigInt(position) });
const balancesOf = ({ accounts }: LedgerReport) =>
  accounts.map((account) => [account.accountId, ...account.balances.map(({ balance }) => balance)]);

/** Positions: 1 to 3 open accounts, 4 funds, 5 holds, 6 posts the hold in part, 7 says so. */
const story = () =>
  bank()
    .fund(100)
    .hold('h', 'placed', { accountId: 'alice', amount: 30, currency: 'EUR' })
    .post(
      'take',
      [
        ['alice', 'debit', 20],
        ['bob', 'credit', 20],
      ],
      { holdId: 'h' },
    )
    .hold('h', 'posted', { amount: 20, transactionId: 'take' });

test('balances stand on the side of their account, and both sides add up to the same', async () => {
  const report = await stateOf(story());
  expect(balancesOf(report)).toEqual([
    ['alice', 80],
    ['bob', 20],
    ['cash', 100],
  ]);
  expect(report.totals).toEqual([{ currency: 'EUR', debit: 100, credit: 100, moved: 0, held: 0 }]);
  expect(report).toMatchObject({ events: 7, asOf: { position: '7' }, holds: [] });
});

test('a state as of a position knows nothing of what came later', async () => {
  expect(await stateOf(story(), { asOf: at(0) })).toMatchObject({
    events: 0,
    accounts: [],
    asOf: { position: null, time: null },
  });
  const held = await stateOf(story(), { asOf: at(5) });
  expect(balancesOf(held)).toEqual([
    ['alice', 100],
    ['bob', 0],
    ['cash', 100],
  ]);
  expect(held.holds).toEqual([
    {
      holdId: 'h',
      accountId: 'alice',
      amount: 30,
      currency: 'EUR',
      expiresAt: null,
      position: '5',
    },
  ]);
  expect(held.totals[0]?.held).toBe(30);
  expect((await stateOf(story(), { asOf: at(6) })).holds).toEqual([]);
});

test('a state as of a time holds what was recorded by then, that moment included', async () => {
  const timeMs = Date.parse(story().events[4]?.recordedtime ?? '');
  const then = await stateOf(story(), { asOf: { to: 'time', timeMs } });
  expect(then).toEqual(await stateOf(story(), { asOf: at(5) }));
  const before = await stateOf(story(), { asOf: { to: 'time', timeMs: timeMs - 1 } });
  expect(before.events).toBe(4);
});

test('events that do not say when they were are left out of a time, and counted', async () => {
  const scenario = story();
  for (const event of scenario.events.slice(5)) {
    Object.assign(event, { time: undefined, recordedtime: undefined });
  }
  const report = await stateOf(scenario, { asOf: { to: 'time', timeMs: Number.MAX_SAFE_INTEGER } });
  expect(report).toMatchObject({ events: 5, leftOut: { untimed: 2 } });
});

test('a log without positions is counted by its lines', async () => {
  const foreign = story().events.map((event) => ({ ...event, globalposition: undefined }));
  const report = await stateOf(ndjson(foreign), { asOf: at(4) });
  expect([report.events, report.asOf.position]).toEqual([4, 'line:4']);
});

test('what cannot be read is left out and counted, up to the moment', async () => {
  const lines = ndjson(story().events).toString().split('\n');
  lines[1] = '{"broken';
  lines[3] = (lines[3] ?? '').replace('"direction":"debit"', '"direction":"dr"');
  lines[6] = '{"broken too';
  const bytes = Buffer.from(lines.join('\n'));
  expect((await stateOf(bytes, { asOf: at(5) })).leftOut.unreadable).toBe(2);
  expect((await stateOf(bytes)).leftOut.unreadable).toBe(3);
});

test('accounts say whether they are open, and what they never were', async () => {
  const scenario = bank().step('alice', 'frozen').step('bob', 'closed').step('cash', 'frozen');
  scenario.step('cash', 'unfrozen').post('t', [
    ['nowhere', 'debit', 7],
    ['nowhere', 'credit', 2, 'USD'],
  ]);
  const { accounts } = await stateOf(scenario);
  expect(accounts.map(({ accountId, status }) => [accountId, status])).toEqual([
    ['alice', 'frozen'],
    ['bob', 'closed'],
    ['cash', 'open'],
    ['nowhere', 'unopened'],
  ]);
  expect(accounts[3]).toMatchObject({
    kind: null,
    balances: [
      { currency: 'EUR', balance: 7 },
      { currency: 'USD', balance: -2 },
    ],
  });
});

test('a payment has its last step, its amount, and what was captured and returned', async () => {
  const money = (amount: number) => ({ amount, currency: 'EUR' });
  const scenario = bank()
    .pay('p', 'initiated', { ...money(50), from: 'alice', to: 'bob' })
    .pay('p', 'authorised', { ...money(50), holdId: 'h' })
    .pay('p', 'captured', { ...money(20), transactionId: 't1' })
    .pay('p', 'captured', { ...money(25), transactionId: 't2' })
    .pay('p', 'refunded', { ...money(5), refundId: 'r', transactionId: 't3' })
    .pay('q', 'declined', {});
  expect((await stateOf(scenario)).payments).toEqual([
    { paymentId: 'p', status: 'refunded', amount: 50, currency: 'EUR', captured: 45, returned: 5 },
    { paymentId: 'q', status: 'declined', amount: null, currency: null, captured: 0, returned: 0 },
  ]);
});

test('amounts beyond 2^53 − 1 are exact, as digits', async () => {
  const scenario = bank().fund('9007199254740993');
  expect(balancesOf(await stateOf(scenario))[2]).toEqual(['cash', '9007199254740993']);
});

test('more accounts, holds or payments than can be kept are an error, not a smaller state', async () => {
  await expect(stateOf(bank(), { maxKeys: 2 })).rejects.toThrow('more than 2 accounts');
  expect((await stateOf(bank(), { maxKeys: 3 })).accounts).toHaveLength(3);
  const holds = bank();
  for (const id of ['a', 'b', 'c', 'd']) {
    holds.hold(id, 'placed', { accountId: 'alice', amount: 0, currency: 'EUR' });
  }
  await expect(stateOf(holds, { maxKeys: 3 })).rejects.toThrow('more than 3 pending holds');
  const payments = bank();
  for (const id of ['a', 'b', 'c', 'd']) payments.pay(id, 'settled', {});
  await expect(stateOf(payments, { maxKeys: 3 })).rejects.toThrow('more than 3 payments');
});

test(`the balances of a generated bank are those it keeps itself (seed ${FINTECH_SEED})`, async () => {
  const { writer, customers } = generateLog({ seed: FINTECH_SEED, events: 1000 });
  const { accounts, totals } = await stateOf(ndjson(writer.events), { maxKeys: 100_000 });
  const found = new Map(accounts.map(({ accountId, balances: [first] }) => [accountId, first]));
  for (const { id, balance, held } of customers) {
    expect([id, found.get(id)]).toEqual([id, expect.objectContaining({ balance, held })]);
  }
  for (const { debit, credit } of totals) expect(debit).toBe(credit);
});
