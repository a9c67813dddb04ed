import { describe, expect, test } from 'vitest';
import { settingsBy } from '../settings.ts';
import { GAPLESS_LOG } from '../source/cloud-events.ts';
import { ndjson } from '../testing/log-writer.ts';
import { inPartitions } from '../testing/partitions.ts';
import { bank, judge, Scenario } from '../testing/scenario.ts';
import { memorySource, verifySources } from '../testing/verify-bytes.ts';
import { ledgerRefunds } from './ledger-refunds.ts';

describe('ledger/refunds', () => {
  const found = (scenario: Scenario) =>
    judge('ledger/refunds', scenario).then((said) => said.found);
  const captured = (...parts: number[]) => {
    const scenario = bank()
      .pay('p', 'initiated', { amount: 100, currency: 'EUR', from: 'alice', to: 'bob' })
      .pay('p', 'authorised', { holdId: 'x', amount: 100, currency: 'EUR' });
    for (const [index, amount] of parts.entries()) capture(scenario, amount, `c${index}`);
    return scenario;
  };
  const capture = (scenario: Scenario, amount: number, transactionId: string) =>
    scenario.pay('p', 'captured', { amount, currency: 'EUR', transactionId });
  const refund = (
    scenario: Scenario,
    amount: number,
    more: { refundId?: string; step?: string; currency?: string; transactionId?: string } = {},
  ) => {
    const { refundId = 'r', step = 'refunded', currency = 'EUR' } = more;
    const { transactionId = `t-${refundId}` } = more;
    return scenario.pay('p', step, { refundId, amount, currency, transactionId });
  };
  const reverse = (scenario: Scenario, amount: number, more: object = {}) =>
    scenario.post(
      'reversal',
      [
        ['bob', 'debit', amount],
        ['alice', 'credit', amount],
      ],
      { reverses: 'c0', ...more },
    );

  test('to the last cent is legal, in any number of parts, and one more is not', async () => {
    const half = () => refund(captured(60, 40), 50, { refundId: 'a' });
    expect(await found(refund(half(), 50, { refundId: 'b' }))).toEqual([]);
    expect(await found(refund(half(), 51, { refundId: 'b' }))).toEqual(['9: 1.01 EUR']);
    expect(await found(refund(half(), 51, { refundId: 'b', step: 'charged-back' }))).toHaveLength(
      1,
    );
  });

  test('it is told once a payment', async () => {
    const over = refund(refund(captured(10), 11, { refundId: 'a' }), 5, { refundId: 'b' });
    expect(await found(over)).toEqual(['7: 0.11 EUR']);
  });

  test('captures are held to the authorisations before them', async () => {
    expect(await found(captured(60, 40))).toEqual([]);
    expect(await found(captured(60, 41))).toEqual(['7: 1.01 EUR']);
    const more = { holdId: 'y', amount: 1, currency: 'EUR' };
    expect(await found(captured(60, 41).pay('p', 'authorised', more))).toHaveLength(1);
    expect(await found(capture(captured(100).pay('p', 'authorised', more), 1, 'c9'))).toEqual([]);
  });

  test('a payment captured without authorisation is no violation, refunded without capture it is', async () => {
    expect(await found(capture(bank(), 70, 'c0'))).toEqual([]);
    const other = capture(bank(), 70, 'c0').pay('q', 'refunded', {
      refundId: 'r',
      amount: 1,
      currency: 'EUR',
      transactionId: 't',
    });
    expect(await found(other)).toEqual(['5: one that was not, refunded']);
  });

  test('a log that captures nothing says nothing of refunds', async () => {
    const { said } = await judge('ledger/refunds', refund(bank(), 5));
    expect(said).toMatchObject({ verdict: 'inconclusive', reason: 'the log captures no payment' });
  });

  test('a capture that is reversed counts as given back', async () => {
    expect(await found(reverse(captured(60, 40), 60))).toEqual([]);
    expect(await found(refund(reverse(captured(60, 40), 60), 40))).toEqual([]);
    expect(await found(refund(reverse(captured(60, 40), 60), 41))).toEqual(['9: 1.01 EUR']);
    expect(await found(reverse(captured(60), 61))).toEqual(['7: 0.61 EUR']);
  });

  test('a refund whose transaction reverses the capture is one, in any order', async () => {
    const how = { transactionId: 'reversal' };
    expect(await found(refund(reverse(captured(60), 60), 60, how))).toEqual([]);
    expect(await found(reverse(refund(captured(60), 60, how), 60))).toEqual([]);
  });

  test('what is recorded again is not given back again', async () => {
    expect(await found(refund(refund(captured(60), 60), 60))).toEqual([]);
    expect(await found(capture(captured(100), 100, 'c0'))).toEqual([]);
  });

  test('another currency is no measure: FX differences are skipped and counted', async () => {
    const dollars = refund(captured(60), 9999, { currency: 'USD' });
    const { found: none, said } = await judge('ledger/refunds', dollars);
    expect(none).toEqual([]);
    expect(said?.reason).toBe('the refund is in another currency than the capture');
    const other = { amount: 999, currency: 'USD', transactionId: 'c0' };
    expect(await found(captured().pay('p', 'captured', other))).toEqual([]);
  });

  test('a fee given back with the refund is no part of it, before or behind it', async () => {
    const withFee = (scenario: Scenario, fee: number) =>
      scenario.post(
        't-r',
        [
          ['bob', 'debit', 60],
          ['fees', 'debit', fee],
          ['alice', 'credit', 60 + fee],
        ],
        { paymentId: 'p' },
      );
    const start = () => captured(60).open('fees', 'income');
    expect(await found(refund(withFee(start(), 5), 65))).toEqual([]);
    expect(await found(withFee(refund(start(), 65), 5))).toEqual([]);
    expect(await found(refund(withFee(start(), 5), 66))).toEqual(['9: 0.61 EUR']);
    const reversed = start().post(
      'reversal',
      [
        ['bob', 'debit', 60],
        ['fees', 'debit', 5],
        ['alice', 'credit', 65],
      ],
      { reverses: 'c0' },
    );
    expect(await found(reversed)).toEqual([]);
  });

  test('where no kinds are known a reversal is worth its capture at most', async () => {
    const scenario = new Scenario()
      .pay('p', 'captured', { amount: 60, currency: 'EUR', transactionId: 'c0' })
      .post(
        'reversal',
        [
          ['bob', 'debit', 60],
          ['fees', 'debit', 5],
          ['alice', 'credit', 65],
        ],
        { reverses: 'c0' },
      );
    expect(await found(scenario)).toEqual([]);
  });

  test('payments of which events may be missing are skipped and counted', async () => {
    const cut = refund(captured(60), 61);
    cut.events.splice(5, 1);
    expect((await judge('ledger/refunds', cut)).said).toMatchObject({ found: 0, skipped: 1 });
    const early = refund(captured(60), 61);
    early.events.splice(0, 4);
    expect((await judge('ledger/refunds', early)).said).toMatchObject({ found: 0, skipped: 2 });
    const unreadable = refund(capture(captured(60), 0.5, 'c1'), 61);
    expect(await found(unreadable)).toEqual([]);
  });

  const over = (profile: object, ...logs: Scenario[]) =>
    verifySources(
      logs.map(({ events }, index) => {
        const source = memorySource(`log-${index}`, [ndjson(events)]);
        const reading = { ...source.reading, profile: { ...GAPLESS_LOG, ...profile } };
        return { ...source, reading };
      }),
      { checks: [ledgerRefunds] },
    ).then(({ findings }) => findings.length);

  test('where the log has no order, or two logs are read, only sums count', async () => {
    const early = () => capture(refund(captured(), 50), 50, 'c0');
    expect(await over({}, early())).toBe(1);
    expect(await over({ order: 'none' }, early())).toBe(0);
    expect(await over({}, refund(new Scenario(), 50), captured(50))).toBe(0);
    expect(await over({}, refund(new Scenario(), 51), captured(50))).toBe(1);
  });

  test('between partitions only sums count', async () => {
    const judged = async (amount: number) => {
      const scenario = capture(refund(captured(), amount), 50, 'c0');
      const source = memorySource('log', [ndjson(scenario.events)]);
      const sources = [inPartitions(source, ['0', '0', '0', '0', '0', '1', '0'])];
      const { findings } = await verifySources(sources, { checks: [ledgerRefunds] });
      return findings.length;
    };
    expect(await judged(50)).toBe(0);
    expect(await judged(51)).toBe(1);
  });

  test('in a log that begins in mid-life only payments initiated in it are judged', async () => {
    const startsInMiddle = true;
    expect(await over({ startsInMiddle }, refund(captured(50), 51))).toBe(1);
    expect(await over({ startsInMiddle }, refund(capture(bank(), 50, 'c'), 51))).toBe(0);
  });

  test('a pass over a part of the keys keeps and counts only those', async () => {
    const settings = settingsBy({}, { owns: (key) => key !== 'p' });
    const { said } = await judge('ledger/refunds', refund(captured(50), 51), { settings });
    expect(said).toMatchObject({ checked: 0, found: 0 });
  });
});
