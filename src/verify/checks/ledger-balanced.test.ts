import { describe, expect, test } from 'vitest';
import { bank, judge, type Leg } from '../testing/scenario.ts';

describe('ledger/balanced', () => {
  const balanced = (legs: Leg[]) =>
    judge('ledger/balanced', bank().post('t', legs)).then(({ found }) => found);

  test.each<[string, Leg[], string[]]>([
    ['no posting', [], ['4: 0 postings']],
    ['one posting of nothing', [['alice', 'debit', 0]], ['4: 1 posting']],
    [
      'one posting',
      [['alice', 'debit', 5]],
      ['4: 1 posting', '4: debits of 0.05 EUR and credits of 0.00 EUR'],
    ],
    [
      'equal sums of two currencies',
      [
        ['alice', 'debit', 5],
        ['bob', 'credit', 5, 'USD'],
      ],
      [
        '4: debits of 0.05 EUR and credits of 0.00 EUR',
        '4: debits of 0.00 USD and credits of 0.05 USD',
      ],
    ],
    [
      'an account against itself',
      [
        ['alice', 'debit', 5],
        ['alice', 'credit', 5],
      ],
      ['4: account "alice" debited and credited in "EUR"'],
    ],
    [
      'an exchange through one liquidity account',
      [
        ['alice', 'debit', 5],
        ['fx', 'credit', 5],
        ['fx', 'debit', 6, 'USD'],
        ['bob', 'credit', 6, 'USD'],
      ],
      [],
    ],
    [
      'a unit beyond 2^53',
      [
        ['alice', 'debit', '9007199254740993'],
        ['bob', 'credit', '9007199254740992'],
      ],
      ['4: debits of 90071992547409.93 EUR and credits of 90071992547409.92 EUR'],
    ],
  ])('%s', async (_, legs, expected) => {
    expect(await balanced(legs)).toEqual(expected);
  });

  test('two halves of one transaction that are not of one batch stay two faults', async () => {
    const scenario = bank()
      .post('t', [['alice', 'debit', 5]])
      .post('u', [
        ['alice', 'debit', 1],
        ['bob', 'credit', 1],
      ])
      .post('t', [['bob', 'credit', 5]]);
    expect((await judge('ledger/balanced', scenario)).found).toHaveLength(4);
  });

  test('a batch is put together up to the events one append takes', async () => {
    const split = (events: number) => {
      const scenario = bank();
      for (let i = 1; i < events; i++) scenario.post('t', [['alice', 'debit', 1]]);
      return scenario.post('t', [['bob', 'credit', events - 1]]);
    };
    expect((await judge('ledger/balanced', split(1000))).found).toEqual([]);
    expect((await judge('ledger/balanced', split(1001))).found).not.toEqual([]);
  });
});
