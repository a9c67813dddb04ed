import { expect, test } from 'vitest';
import type { CheckReport } from '../../model/verify-report.ts';
import { ledgerProjection } from '../projection/ledger-projections.ts';
import type { Projection } from '../projection/projection.ts';
import type { ReadModel } from '../projection/read-model.ts';
import { settingsBy } from '../settings.ts';
import { countProjection, liveBalances } from '../testing/live-models.ts';
import { bank, judge, type Scenario } from '../testing/scenario.ts';
import { ndjson } from '../testing/log-writer.ts';
import { verifyBytes } from '../testing/verify-bytes.ts';
import { UserCodeError } from '../user/user-projection.ts';
import { projectionDiff } from './projection-diff.ts';

/** Positions 1 to 3 open accounts, 4 funds alice, 5 and 6 pay bob. */
const story = () =>
  bank()
    .fund(100)
    .post('a', [
      ['alice', 'debit', 30],
      ['bob', 'credit', 30],
    ])
    .post('b', [
      ['alice', 'debit', 20],
      ['bob', 'credit', 20],
    ]);

async function compare(
  scenario: Scenario,
  models: readonly ReadModel[],
): Promise<{ found: [string, string[]][]; said: CheckReport | undefined; verdict: string }> {
  const settings = settingsBy({}, { readModels: models });
  const report = await verifyBytes(ndjson(scenario.events), { checks: [projectionDiff], settings });
  return {
    found: report.findings.map(({ message, positions }) => [message, positions]),
    said: report.checks[0],
    verdict: report.verdict,
  };
}

const live = (change: (entries: Map<string, unknown>) => void, position = 6) => {
  const model = liveBalances(story().events.slice(0, position), position);
  change(model.entries);
  return model;
};
const value = (balance: unknown) => ({
  currency: 'EUR',
  status: 'open',
  kind: 'liability',
  balance,
  held: 0,
});

test('a read model that stands where it says it does is compared there', async () => {
  for (const position of [0, 3, 5, 6]) {
    const { found, said } = await compare(story(), [live(() => {}, position)]);
    expect([found, said?.verdict]).toEqual([[], position === 0 ? 'inconclusive' : 'consistent']);
  }
});

test('a key that stopped is found at the first event it does not show', async () => {
  const { found } = await compare(story(), [live((entries) => entries.set('bob', value(0)))]);
  expect(found).toEqual([
    [
      'balances of ledger differ from the log at position 6 for "bob": expected {"balance":50}, found {"balance":0}; it does not show position 5',
      ['5'],
    ],
  ]);
});

test('a key that lacks one event, or has it twice, is found at that event', async () => {
  const lacking = await compare(story(), [live((entries) => entries.set('bob', value(20)))]);
  expect(lacking.found).toEqual([
    [expect.stringMatching(/; as if position 5 were left out$/), ['5']],
  ]);
  const twice = await compare(story(), [live((entries) => entries.set('alice', value('30')))]);
  expect(twice.found).toEqual([
    [expect.stringMatching(/; as if position 6 were counted twice$/), ['6']],
  ]);
});

test('of events that fit as well, all are named; what no event explains is shown at the checkpoint', async () => {
  const again = story().post('c', [
    ['alice', 'debit', 20],
    ['bob', 'credit', 20],
  ]);
  const { entries } = liveBalances(again.events, 7);
  const model = { ...live(() => {}), position: 7n, entries };
  entries.set('bob', value(50 + 40));
  expect((await compare(again, [model])).found).toEqual([
    [
      expect.stringMatching(/; as if one of position 6, position 7 were counted twice$/),
      ['6', '7'],
    ],
  ]);
  const odd = await compare(story(), [live((all) => all.set('bob', value(7)))]);
  expect(odd.found).toEqual([[expect.stringMatching(/found \{"balance":7\}$/), ['6']]]);
});

test('a key that is missing or made up is found', async () => {
  const { found } = await compare(story(), [
    live((entries) => void (entries.delete('bob') && entries.set('eve', value(0)))),
  ]);
  expect(found.map(([message]) => message)).toEqual([
    expect.stringMatching(/"bob": expected \{.*\}, found nothing; it does not show position 3$/),
    expect.stringMatching(/"eve": expected nothing, found \{/),
  ]);
});

test('a read model ahead of the log is inconclusive', async () => {
  const { found, said } = await compare(story(), [{ ...live(() => {}), position: 7n }]);
  expect([found, said]).toEqual([
    [],
    expect.objectContaining({
      verdict: 'inconclusive',
      reason: 'it is ahead of the log (balances of ledger)',
    }),
  ]);
});

test('a log that lost events cannot say what a read model should be', async () => {
  const cut = story();
  cut.events.splice(4, 1);
  const { found, said } = await compare(cut, [live(() => {})]);
  expect([found, said?.reason]).toEqual([[], 'events are missing in the log (balances of ledger)']);
});

test("a projection of the user's is compared too, and located by its entries", async () => {
  const model = (entries: [string, unknown][]): ReadModel => ({
    place: 'counts.ndjson',
    projection: countProjection(),
    position: 6n,
    entries: new Map(entries),
  });
  const right: [string, unknown][] = [
    ['cash', 1],
    ['alice', 3],
    ['bob', 2],
  ];
  expect((await compare(story(), [model(right)])).said?.verdict).toBe('consistent');
  const { found } = await compare(story(), [model([...right.slice(0, 2), ['bob', 1]])]);
  expect(found).toEqual([
    [
      'test/count of counts.ndjson differ from the log at position 6 for "bob": expected 2, found 1; it does not show position 6',
      ['6'],
    ],
  ]);
});

test('a projection that throws is at fault itself, and no finding', async () => {
  const projection: Projection = {
    ...countProjection(),
    step: () => {
      throw new UserCodeError('TypeError: no (count.ts)');
    },
  };
  const model = { place: 'x', projection, position: 6n, entries: new Map() };
  const { found, said, verdict } = await compare(story(), [model, live(() => {})]);
  expect([found, said?.reason, verdict]).toEqual([
    [],
    'test/count of x: it threw: TypeError: no (count.ts)',
    'inconclusive',
  ]);
});

test('pending holds are a projection as well', async () => {
  const scenario = bank().fund(9);
  scenario.hold('h', 'placed', { accountId: 'alice', amount: 4, currency: 'EUR' });
  const projection = ledgerProjection(100, 'holds') as Projection;
  const entries = new Map([['h', { accountId: 'alice', amount: 5, currency: 'EUR' }]]);
  const { found } = await compare(scenario, [{ place: 'l', projection, position: 5n, entries }]);
  expect(found.map(([message]) => message)).toEqual([
    'holds of l differ from the log at position 5 for "h": expected {"amount":4}, found {"amount":5}',
  ]);
});

test('payments are one too: their state, and the money taken and given back', async () => {
  const scenario = bank().fund(9);
  const money = { amount: 4, currency: 'EUR' };
  scenario.pay('p', 'initiated', { ...money, from: 'alice', to: 'bob' });
  scenario.pay('p', 'captured', { ...money, transactionId: 't' });
  scenario.pay('p', 'settled', {});
  scenario.pay('p', 'refunded', { ...money, amount: 1, refundId: 'r', transactionId: 'u' });
  const projection = ledgerProjection(100, 'payments') as Projection;
  const position = BigInt(scenario.events.length);
  const value = { status: 'settled', amount: 4, currency: 'EUR', captured: 4, refunded: 2 };
  const entries = new Map([['p', value]]);
  const { found } = await compare(scenario, [{ place: 'l', projection, position, entries }]);
  expect(found.map(([message]) => message)).toEqual([
    expect.stringContaining('for "p": expected {"refunded":1}, found {"refunded":2}'),
  ]);
});

test('without a read model it has nothing to do', async () => {
  expect((await judge('projection/diff', story())).said).toMatchObject({
    verdict: 'inconclusive',
    reason: 'no read model was named',
  });
});
