import { describe, expect, test } from 'vitest';
import { settingsBy } from '../settings.ts';
import { ndjson } from '../testing/log-writer.ts';
import { judge, type Leg, Scenario } from '../testing/scenario.ts';
import { memorySource, verifySources } from '../testing/verify-bytes.ts';
import { moneyFactorJump } from './money-factor-jump.ts';

describe('money/factor-jump', () => {
  const found = (scenario: Scenario) =>
    judge('money/factor-jump', scenario).then((said) => said.found);
  const asked = (amount: number, currency = 'EUR') =>
    new Scenario()
      .pay('p', 'initiated', { amount: 100, currency: 'EUR', from: 'a', to: 'b' })
      .pay('p', 'authorised', { holdId: 'x', amount, currency });
  const moved = (legs: Leg[], more: object = { paymentId: 'p' }) =>
    new Scenario().post('t', legs, more);
  const captured = (scenario: Scenario, amount: unknown, currency = 'EUR') =>
    scenario.pay('p', 'captured', { amount, currency, transactionId: 't' });
  const plain = (amount: unknown): Leg[] => [
    ['a', 'debit', amount],
    ['b', 'credit', amount],
  ];

  test.each([
    [10, ['2: 0.10 EUR, exactly a 10th of it']],
    [1, ['2: 0.01 EUR, exactly a 100th of it']],
    [100_000, ['2: 1000.00 EUR, exactly 1000 times as much']],
    [100, []],
    [90, []],
    [200, []],
    [0, []],
  ])('asked for 100, authorised %s', async (amount, expected) => {
    expect(await found(asked(amount))).toEqual(expected);
  });

  test('the same figure in another currency is found, another figure is an exchange', async () => {
    expect(await found(asked(100, 'USD'))).toEqual([
      '2: 1.00 USD, the same figure in another currency',
    ]);
    expect(await found(asked(108, 'USD'))).toEqual([]);
    expect(await found(asked(10_000, 'JPY'))).toEqual([]);
  });

  test('what a capture says is held to its transaction, whichever comes first', async () => {
    expect(await found(captured(moved(plain(100)), 10_000))).toEqual([
      '2: 100.00 EUR, exactly 100 times as much',
    ]);
    const before = captured(new Scenario(), 10_000).post('t', plain(100), { paymentId: 'p' });
    expect(await found(before)).toEqual(['2: 100.00 EUR, exactly 100 times as much']);
    expect(await found(captured(moved(plain(100)), 100))).toEqual([]);
    expect(
      await found(captured(moved(plain('90071992547409930')), '900719925474099300')),
    ).toHaveLength(1);
  });

  test('fees inside a transaction or on top of it are none', async () => {
    const within: Leg[] = [
      ['a', 'debit', 100],
      ['b', 'credit', 90],
      ['fees', 'credit', 10],
    ];
    const onTop: Leg[] = [
      ['a', 'debit', 110],
      ['b', 'credit', 100],
      ['fees', 'credit', 10],
    ];
    for (const legs of [within, onTop]) {
      expect(await found(captured(moved(legs), 100))).toEqual([]);
      expect(await found(captured(moved(legs), 1000))).toHaveLength(1);
    }
  });

  test('a refund of a tenth of the capture is legal: it is held to its own transaction', async () => {
    const scenario = captured(moved(plain(100)), 100).post('u', plain(10), { paymentId: 'p' });
    const refund = { refundId: 'r', amount: 10, currency: 'EUR', transactionId: 'u' };
    expect(await found(scenario.pay('p', 'refunded', refund))).toEqual([]);
  });

  test('an exchange through a liquidity account is genuine, at a rate of one as well', async () => {
    const exchange: Leg[] = [
      ['a', 'debit', 100],
      ['pool', 'credit', 100],
      ['pool-usd', 'debit', 100, 'USD'],
      ['b', 'credit', 100, 'USD'],
    ];
    expect(await found(captured(moved(exchange), 100, 'USD'))).toEqual([]);
    expect(await found(asked(100, 'USD').post('t', exchange, { paymentId: 'p' }))).toEqual([]);
    expect(await found(captured(moved(plain(100)), 100, 'USD'))).toHaveLength(1);
  });

  test('a posted hold is held to its transaction', async () => {
    const hold = (amount: number) =>
      moved(plain(100), { holdId: 'h' }).hold('h', 'posted', { amount, transactionId: 't' });
    expect(await found(hold(100))).toEqual([]);
    expect(await found(hold(10))).toEqual(['2: 10, exactly a 10th of it']);
  });

  test('what cannot be compared is skipped and counted', async () => {
    const alone = await judge('money/factor-jump', captured(new Scenario(), 100));
    expect(alone.said).toMatchObject({ skipped: 1, reason: 'its transaction is not in the log' });
    const unbalanced: Leg[] = [
      ['a', 'debit', 100],
      ['b', 'credit', 10],
    ];
    const said = await judge('money/factor-jump', captured(moved(unbalanced), 1000));
    expect(said.said?.reason).toContain('the transaction does not balance (1)');
    expect(said.found).toEqual([]);
  });

  test('two logs that tell of one payment are held to one another, part by part or in sum', async () => {
    const over = async (...logs: Scenario[]) => {
      const sources = logs.map(({ events }, index) =>
        memorySource(`log-${index}`, [ndjson(events)]),
      );
      const { findings } = await verifySources(sources, { checks: [moneyFactorJump] });
      return findings.map(({ actual }) => actual);
    };
    const parts = () =>
      new Scenario()
        .pay('p', 'captured', { amount: 60, currency: 'EUR', transactionId: 't' })
        .pay('p', 'captured', { amount: 40, currency: 'EUR', transactionId: 'u' });
    expect(await over(parts(), captured(new Scenario(), 100))).toEqual([]);
    expect(await over(parts(), captured(new Scenario(), 10_000))).toEqual([
      '100.00 EUR, exactly 100 times as much',
    ]);
    expect(await over(parts(), captured(new Scenario(), 100, 'USD'))).toHaveLength(1);
  });

  test('a pass over a part of the keys keeps and counts only those', async () => {
    const settings = settingsBy({}, { owns: (key) => key !== 'p' });
    const { said } = await judge('money/factor-jump', asked(10), { settings });
    expect(said).toMatchObject({ checked: 0, found: 0 });
  });
});
