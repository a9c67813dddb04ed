import { settingsBy } from '../settings.ts';
import { describe, expect, test } from 'vitest';
import { type LogWriter, ndjson } from '../testing/log-writer.ts';
import { bank, judge, type Leg, Scenario } from '../testing/scenario.ts';
import { memorySource, verifySources } from '../testing/verify-bytes.ts';
import { CHECKS } from './catalogue.ts';

describe('ledger/limits', () => {
  const limits = (scenario: LogWriter, overdraft: string[] = []) =>
    judge('ledger/limits', scenario, {
      settings: settingsBy({ checks: { 'ledger/limits': { overdraft } } }, { maxKeys: 100 }),
    });
  const spend = (amount: number, more: object = {}): Leg[] =>
    Object.assign<Leg[], object>(
      [
        ['alice', 'debit', amount],
        ['bob', 'credit', amount],
      ],
      more,
    );

  test('to the last cent is legal, one more is not', async () => {
    expect((await limits(bank().fund(100).post('t', spend(100)))).found).toEqual([]);
    expect((await limits(bank().fund(100).post('t', spend(101)))).found).toEqual(['5: -0.01 EUR']);
  });

  test('an overspent account is told once, and again only after it recovered', async () => {
    const scenario = bank().fund(100).post('a', spend(150)).post('b', spend(10));
    scenario
      .post('c', [
        ['cash', 'debit', 500],
        ['alice', 'credit', 500],
      ])
      .post('d', spend(1000));
    expect((await limits(scenario)).found).toEqual(['5: -0.50 EUR', '8: -5.60 EUR']);
  });

  test('assets are held to their debit side', async () => {
    const scenario = bank()
      .open('eq', 'equity')
      .post('t', [
        ['cash', 'credit', 1],
        ['eq', 'debit', 1],
      ]);
    expect((await limits(scenario)).found).toEqual(['5: -0.01 EUR']);
  });

  test('an overdraft holds where it is declared, to its bound; by settings without one', async () => {
    const carol = (amount: number) =>
      bank()
        .open('carol', 'liability', { overdraft: 50 })
        .post('t', [
          ['carol', 'debit', amount],
          ['bob', 'credit', amount],
        ]);
    expect((await limits(carol(50))).found).toEqual([]);
    expect((await limits(carol(51))).found).toEqual(['5: -0.51 EUR']);
    expect((await limits(carol(99_999), ['carol'])).found).toEqual([]);
  });

  test('a pending hold is spent; voided, expired or past its time it is not', async () => {
    const held = (more: object = {}) =>
      bank()
        .fund(100)
        .hold('h', 'placed', { accountId: 'alice', amount: 60, currency: 'EUR', ...more });
    expect((await limits(held().post('t', spend(41)))).found).toEqual([
      '6: -0.01 EUR, with 0.60 EUR held',
    ]);
    expect((await limits(held().hold('h', 'voided').post('t', spend(100)))).found).toEqual([]);
    expect((await limits(held().hold('h', 'expired').post('t', spend(100)))).found).toEqual([]);
    const expiresAt = '2027-01-01T00:00:06Z';
    expect((await limits(held({ expiresAt }).post('t', spend(100)))).found).toEqual([]);
    const later = '2027-01-01T00:00:06.001Z';
    expect((await limits(held({ expiresAt: later }).post('t', spend(100)))).found).toHaveLength(1);
  });

  test('a hold on another account counts there, whatever its id; one release frees both', async () => {
    const held = () =>
      bank()
        .fund(100)
        .hold('h', 'placed', { accountId: 'alice', amount: 100, currency: 'EUR' })
        .hold('h', 'placed', { accountId: 'bob', amount: 1, currency: 'EUR' });
    const onBob = '6: -0.01 EUR, with 0.01 EUR held';
    expect((await limits(held())).found).toEqual([onBob]);
    const voided = held().hold('h', 'voided').post('t', spend(100));
    expect((await limits(voided)).found).toEqual([onBob]);
  });

  test('a pending hold is spent until a leap second ends it', async () => {
    const scenario = bank().fund(100);
    scenario.hold('h', 'placed', {
      accountId: 'alice',
      amount: 100,
      currency: 'EUR',
      expiresAt: '2016-12-31T23:59:60Z',
    });
    const { found, said } = await limits(scenario.post('t', spend(100)));
    expect(found).toEqual([]);
    expect(said).toMatchObject({ skipped: 0 });
  });

  test('each of two ledgers has hold ids of its own', async () => {
    const accounts = new Scenario().open('cash', 'asset').open('alice', 'liability').fund(100);
    accounts.hold('h', 'placed', { accountId: 'alice', amount: 100, currency: 'EUR' });
    const other = new Scenario().open('eve', 'liability').hold('h', 'voided');
    const after = new Scenario().post('t', spend(1));
    const report = await verifySources(
      [accounts, other, after].map(({ events }, index) =>
        memorySource(`log-${index}`, [ndjson(events)]),
      ),
      { checks: CHECKS.filter(({ id }) => id === 'ledger/limits') },
    );
    expect(report.findings.map(({ actual }) => actual)).toEqual(['-0.01 EUR, with 1.00 EUR held']);
  });

  test('a hold is posted with its transaction, whichever event comes first', async () => {
    const held = () =>
      bank().fund(100).hold('h', 'placed', { accountId: 'alice', amount: 100, currency: 'EUR' });
    const posted = { amount: 100, transactionId: 't' };
    expect(
      (await limits(held().post('t', spend(100), { holdId: 'h' }).hold('h', 'posted', posted)))
        .found,
    ).toEqual([]);
    expect(
      (await limits(held().hold('h', 'posted', posted).post('t', spend(100), { holdId: 'h' })))
        .found,
    ).toEqual([]);
  });

  test('all postings of a transaction count together', async () => {
    const scenario = bank().post('t', [
      ['alice', 'debit', 100],
      ['cash', 'debit', 100],
      ['bob', 'credit', 100],
      ['alice', 'credit', 100],
    ]);
    expect((await limits(scenario)).found).toEqual([]);
  });

  test('amounts beyond 2^53 are summed exactly', async () => {
    const scenario = bank()
      .fund('9007199254740993')
      .post('t', [
        ['alice', 'debit', '9007199254740994'],
        ['bob', 'credit', '9007199254740994'],
      ]);
    expect((await limits(scenario)).found).toEqual(['5: -0.01 EUR']);
  });

  test('frozen and closed accounts are not moved, and take no holds', async () => {
    const frozen = () => bank().fund(100).step('alice', 'frozen');
    expect((await limits(frozen().post('t', spend(1)))).found).toEqual([
      '6: a movement while frozen',
    ]);
    expect(
      (
        await limits(
          frozen().hold('h', 'placed', { accountId: 'alice', amount: 1, currency: 'EUR' }),
        )
      ).found,
    ).toHaveLength(1);
    expect((await limits(frozen().step('alice', 'unfrozen').post('t', spend(1)))).found).toEqual(
      [],
    );
    expect((await limits(bank().step('bob', 'closed').fund(9).post('t', spend(1)))).found).toEqual([
      '6: a movement while closed',
    ]);
  });

  test('an account opened again keeps its holds, and lets go of them', async () => {
    const scenario = bank()
      .fund(100)
      .hold('h', 'placed', { accountId: 'alice', amount: 60, currency: 'EUR' });
    scenario.step('alice', 'closed').open('alice', 'liability');
    expect((await limits(scenario.post('t', spend(41)))).found).toHaveLength(1);
    const released = bank()
      .fund(100)
      .hold('h', 'placed', { accountId: 'alice', amount: 60, currency: 'EUR' });
    released
      .step('alice', 'closed')
      .open('alice', 'liability')
      .hold('h', 'voided')
      .post('t', spend(100));
    expect((await limits(released)).found).toEqual([]);
  });

  test('what the log cannot say is skipped and counted', async () => {
    const unknown = new Scenario().open('cash', undefined).post('t', [
      ['cash', 'credit', 5],
      ['nobody', 'debit', 5],
    ]);
    const { found, said } = await limits(unknown);
    expect(found).toEqual([]);
    expect(said).toMatchObject({ verdict: 'inconclusive', checked: 0, skipped: 2 });
    expect(said?.reason).toBe(
      'the account is not opened in the log (1); the account was opened without a kind (1)',
    );
  });

  test('an event that cannot be read leaves only its accounts unknown', async () => {
    const scenario = bank().post('x', [
      ['cash', 'debit', 0.5],
      ['alice', 'credit', 1],
    ]);
    scenario.post('t', spend(1)).post('u', [
      ['bob', 'debit', 5],
      ['alice', 'credit', 5],
    ]);
    const { found, said } = await limits(scenario);
    expect(found).toEqual(['6: -0.04 EUR']);
    expect(said).toMatchObject({ checked: 2, skipped: 2 });
  });

  test('events cut out of the log leave the balances before them unknown', async () => {
    const scenario = bank().fund(100).post('t', spend(50));
    scenario.open('new', 'liability').post('u', [
      ['new', 'debit', 1],
      ['bob', 'credit', 1],
    ]);
    scenario.events.splice(3, 1);
    const { found } = await limits(scenario);
    expect(found).toEqual(['7: -0.01 EUR']);
  });
});
