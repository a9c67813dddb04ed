import { describe, expect, test } from 'vitest';
import { judge, Scenario } from '../testing/scenario.ts';

describe('log/mapping', () => {
  const mapping = (type: string, data: object) => {
    const scenario = new Scenario();
    scenario.append('s', type, { ...data });
    return judge('log/mapping', scenario).then(({ found }) => found);
  };

  test.each([
    ['ledger.account-opened', {}, ['1: data.currency is missing; data.accountId is missing']],
    [
      'ledger.account-opened',
      { accountId: 'a', currency: 'EUR', kind: 'wallet' },
      ['1: data.kind is "wallet", not one of asset, liability, equity, income, expense'],
    ],
    ['ledger.account-frozen', { accountId: 7 }, ['1: data.accountId is no non-empty string']],
    ['ledger.transaction-posted', { transactionId: 't' }, ['1: data.postings is missing']],
    [
      'ledger.transaction-posted',
      { transactionId: 't', postings: [null] },
      [
        '1: data.postings[0] is no object; data.postings[0].accountId is missing; data.postings[0].direction is missing; data.postings[0].currency is missing; data.postings[0].amount is missing',
      ],
    ],
    [
      'ledger.hold-placed',
      { holdId: 'h', accountId: 'a', amount: 1, currency: 'EUR', expiresAt: 'soon' },
      ['1: data.expiresAt is no RFC 3339 time'],
    ],
    [
      'payments.refunded',
      { paymentId: 'p', amount: 1, currency: 'EUR', transactionId: 't' },
      ['1: data.refundId is missing'],
    ],
    ['ledger.account-entered', { accountId: 'a', holdId: 'h' }, []],
    ['ledger.account-entered', { transactionId: 't' }, ['1: data.accountId is missing']],
    ['ledger.command-completed', { status: 201 }, ['1: data.commandId is missing']],
    [
      'webhooks.command-accepted',
      { commandId: 'c', key: 7 },
      ['1: data.key is no non-empty string'],
    ],
    ['webhooks.command-completed', { commandId: 'c', status: 201 }, []],
    ['webhooks.command-dropped', {}, []],
    ['ledger.rates-changed', {}, []],
    ['payments.reminded', {}, []],
  ])('%s %j', async (type, data, expected) => {
    expect(await mapping(type, data)).toEqual(expected);
  });

  test('a type counts by its end, with or without a version', async () => {
    for (const type of [
      'ledger.account-frozen',
      'general-ledger.account-frozen',
      'x.y.ledger.account-frozen.v2',
    ]) {
      const scenario = new Scenario();
      scenario.append('s', 'any', {}).type = type;
      expect((await judge('log/mapping', scenario)).said?.found, type).toBe(1);
    }
  });
});
