import { describe, expect, test } from 'vitest';
import { bank, judge, type Leg, Scenario } from '../testing/scenario.ts';

describe('ledger/accounts', () => {
  test('one finding an account, however often it is used', async () => {
    const scenario = bank()
      .post('t', [
        ['alice', 'debit', 1],
        ['x', 'credit', 1],
      ])
      .post('u', [
        ['alice', 'debit', 1],
        ['x', 'credit', 1],
      ]);
    expect((await judge('ledger/accounts', scenario)).found).toEqual([
      '4: one not opened before (2 postings)',
    ]);
  });

  test('an account opened after its first posting is found', async () => {
    const scenario = bank()
      .post('t', [
        ['alice', 'debit', 1],
        ['x', 'credit', 1],
      ])
      .open('x', 'liability')
      .post('u', [
        ['alice', 'debit', 1],
        ['x', 'credit', 1],
      ]);
    expect((await judge('ledger/accounts', scenario)).found).toEqual([
      '4: one not opened before (1 posting)',
    ]);
  });

  test('a log that opens no account, or begins in mid-life, says nothing', async () => {
    const legs: Leg[] = [
      ['alice', 'debit', 1],
      ['bob', 'credit', 1],
    ];
    expect((await judge('ledger/accounts', new Scenario().post('t', legs))).said).toMatchObject({
      verdict: 'inconclusive',
      skipped: 2,
      reason: 'no account is opened in the log',
    });
    const later = bank().open('carol', 'asset').post('t', legs);
    later.events.splice(0, 3);
    expect((await judge('ledger/accounts', later)).found).toEqual([]);
  });
});
