import { describe, expect, test } from 'vitest';
import type { MapEntry, VerifyConfig } from '../../model/verify-config.ts';
import { foundIn, verifyMapped } from '../testing/verify-mapped.ts';
import { ENVELOPE, factsOf } from './facts-of.fixture.ts';

const problems = (entry: MapEntry, record: object): unknown =>
  (factsOf(entry, record)[0] as { problems?: unknown }).problems;

describe('a transaction', () => {
  const entry: MapEntry = {
    transaction: 'tx',
    postings: {
      each: 'data.legs',
      account: 'acc',
      direction: { path: 'dc', values: { D: 'debit', C: 'credit' } },
      amount: { path: 'amt', unit: 'major' },
      currency: '$.data.ccy',
    },
  };
  const record = {
    tx: 7,
    data: {
      ccy: 'eur',
      legs: [
        { acc: 'a', dc: 'D', amt: '12.5' },
        { acc: 'b', dc: 'C', amt: 12.5 },
      ],
    },
  };

  test('has its postings in a list', () => {
    expect(factsOf(entry, record)).toEqual([
      {
        kind: 'transaction',
        transactionId: '7',
        postings: [
          { accountId: 'a', direction: 'debit', amount: 1250n, currency: 'EUR' },
          { accountId: 'b', direction: 'credit', amount: 1250n, currency: 'EUR' },
        ],
      },
    ]);
  });

  test('lacks something: all of it is told, with its place in the record', () => {
    const broken = { data: { legs: [{ acc: 'a', dc: 'X', amt: 1 }, { dc: 'C' }] } };
    expect(problems(entry, broken)).toEqual([
      'data.ccy is missing',
      'data.legs[0].dc is "X", not one of D, C',
      'data.legs[1].amt is missing',
      'data.legs[1].acc is missing',
      'tx is missing',
    ]);
  });

  test('has its postings one by one, and a leg that may be missing', () => {
    const leg = { currency: { value: 'JPY' } };
    const postings = [
      { account: 'from', direction: 'debit', amount: 'gross', ...leg },
      { account: 'to', direction: 'credit', amount: 'net', ...leg },
      {
        account: { value: 'fees' },
        direction: 'credit',
        amount: { path: 'fee', optional: true },
        ...leg,
      },
    ];
    const withFee = { transaction: 'tx', postings };
    expect(
      factsOf(withFee, { tx: 't', from: 'a', to: 'b', gross: 100, net: 98, fee: 2 }),
    ).toMatchObject([
      { postings: [{ amount: 100n }, { amount: 98n }, { accountId: 'fees', amount: 2n }] },
    ]);
    expect(factsOf(withFee, { tx: 't', from: 'a', to: 'b', gross: 100, net: 100 })).toMatchObject([
      { postings: [{ amount: 100n }, { amount: 100n }] },
    ]);
  });

  test('goes from one account to another', () => {
    const pair = {
      transaction: 'tx',
      postings: { from: 'f', to: 't', amount: 'n', currency: 'c' },
    };
    expect(factsOf(pair, { tx: 'x', f: 'a', t: 'b', n: 5, c: 'USD/2' })).toMatchObject([
      {
        postings: [
          { accountId: 'a', direction: 'debit', amount: 5n, currency: 'USD' },
          { accountId: 'b', direction: 'credit', amount: 5n, currency: 'USD' },
        ],
      },
    ]);
  });

  test('has signed amounts: positive is debit', () => {
    const signed = {
      transaction: 'tx',
      postings: { each: 'legs', account: 'a', amount: 'n', currency: 'c' },
    };
    const legs = [
      { a: 'x', n: 5, c: 'EUR' },
      { a: 'y', n: -5, c: 'EUR' },
    ];
    expect(factsOf(signed, { tx: 't', legs })).toMatchObject([
      {
        postings: [
          { direction: 'debit', amount: 5n },
          { direction: 'credit', amount: 5n },
        ],
      },
    ]);
  });

  test('is linked to what it belongs to; a link that is always asked for must be there', () => {
    const links = {
      ...entry,
      key: { join: ['client', 'key'] },
      payment: { path: 'pay', optional: true },
      reverses: 'rev',
    };
    const linked = { ...record, client: 'a/b', key: 'k', rev: 't0' };
    expect(factsOf(links, linked)).toMatchObject([{ idempotencyKey: 'a~1b/k', reverses: 't0' }]);
    expect(problems(links, record)).toEqual(['client is missing', 'rev is missing']);
    expect(factsOf({ ...links, optional: true }, record)).toMatchObject([{ transactionId: '7' }]);
  });
});

describe('other facts', () => {
  type Case = [what: string, entry: MapEntry, record: object, fact: object];

  const cases: readonly Case[] = [
    [
      'a hold that is placed',
      {
        hold: {
          id: 'h',
          step: 'placed',
          account: 'a',
          amount: 'n',
          currency: 'c',
          expiresAt: { path: 'x', as: 'epoch-s' },
        },
      },
      { h: 1, a: 'a', n: '5', c: 978, x: 0 },
      {
        kind: 'hold',
        step: 'placed',
        holdId: '1',
        accountId: 'a',
        amount: 5n,
        currency: 'EUR',
        expiresAt: '1970-01-01T00:00:00.000Z',
      },
    ],
    [
      'a hold whose step stands in the record',
      { hold: { id: 'h', step: { path: 's', values: { V: 'voided' } } } },
      { h: 'x', s: 'V' },
      { kind: 'hold', step: 'voided', holdId: 'x' },
    ],
    [
      'an account that is opened',
      {
        accountState: {
          id: 'a',
          step: 'opened',
          kind: 'k',
          currency: 'c',
          overdraft: { path: 'o', unit: 'major' },
        },
      },
      { a: 'x', k: 'ASSET', c: 'kwd', o: '1.5' },
      {
        kind: 'account',
        step: 'opened',
        accountId: 'x',
        accountKind: 'asset',
        currency: 'KWD',
        overdraft: 1500n,
      },
    ],
    [
      'a payment',
      {
        payment: {
          id: 'p',
          effect: 'refunded',
          amount: 'n',
          currency: 'c',
          refund: 'r',
          transaction: 't',
        },
      },
      { p: 'x', n: 3, c: 'EUR', r: 'r1', t: 't1' },
      {
        kind: 'payment',
        step: 'refunded',
        paymentId: 'x',
        amount: 3n,
        currency: 'EUR',
        refundId: 'r1',
        transactionId: 't1',
      },
    ],
    [
      'a movement',
      {
        movement: {
          account: 'a',
          amount: 'n',
          currency: { value: 'EUR' },
          balanceAfter: 'b',
          at: { path: 'd', as: 'date' },
          statement: 's',
        },
      },
      { a: 'x', n: -5, b: '-7', d: '2027-01-31', s: 'st' },
      {
        kind: 'movement',
        accountId: 'x',
        amount: -5n,
        currency: 'EUR',
        balanceAfter: -7n,
        at: '2027-01-31',
        statementId: 'st',
      },
    ],
    [
      'a statement',
      {
        statement: {
          id: 's',
          account: 'a',
          currency: 'c',
          opening: 'o',
          closing: 'e',
          entries: 'n',
        },
      },
      { s: 's', a: 'x', c: 'EUR', o: 1, e: -2, n: '3' },
      {
        kind: 'statement',
        statementId: 's',
        accountId: 'x',
        currency: 'EUR',
        opening: 1n,
        closing: -2n,
        entries: 3,
      },
    ],
    [
      'a step of a saga',
      { saga: { name: 'claim', key: 'k', step: 'requested' } },
      { k: 'x' },
      { kind: 'saga', name: 'claim', key: 'x', step: 'requested' },
    ],
    [
      'the end of a command',
      { command: { id: 'c', step: 'result', status: 's' } },
      { c: 'x', s: 201 },
      { kind: 'command', commandId: 'x', step: 'result', status: '201' },
    ],
    [
      'the checkpoint of a consumer',
      { checkpoint: { consumer: 'c', position: 'p' } },
      { c: 'x', p: 17 },
      { kind: 'consumer', consumer: 'x', position: '17' },
    ],
  ];

  test.each(cases.map(([what, ...rest]) => ({ what, rest })))('$what', ({ rest }) => {
    const [entry, record, fact] = rest;
    expect(factsOf(entry, record)).toEqual([fact]);
  });

  test('one entry may make several, and all entries that match apply', () => {
    const map = [
      { saga: { name: 's', key: 'k', step: 'a' }, command: { id: 'k', step: 'accepted' } },
      { type: 'com.*', saga: { name: 't', key: 'k', step: 'b' } },
      { type: 'org.*', saga: { name: 'u', key: 'k', step: 'c' } },
    ];
    const kinds = factsOf({}, { type: 'com.acme', k: 1 }, { map }).map(
      (fact) => Object.values(fact)[1],
    );
    expect(kinds).toEqual(['s', '1', 't']);
  });
});

describe('amounts', () => {
  const entry = (unit: object): MapEntry => ({
    movement: { account: { value: 'a' }, amount: { path: 'n', ...unit }, currency: 'c' },
  });
  const amount = (unit: object, record: string, config?: VerifyConfig) =>
    (factsOf(entry(unit), record, config)[0] as { amount?: bigint; kind: string }).amount;

  test.each<[object, string, bigint | undefined]>([
    [{}, '{"n":1234,"c":"EUR"}', 1234n],
    [{}, '{"n":"12.34","c":"EUR"}', undefined],
    [{}, '{"n":1999.0000000000002,"c":"EUR"}', undefined],
    [{ unit: 'major' }, '{"n":12.34,"c":"EUR"}', 1234n],
    [{ unit: 'major' }, '{"n":0.1e1,"c":"JPY"}', 1n],
    [{ unit: 'major' }, '{"n":0.29,"c":"EUR"}', 29n],
    [{ unit: 'major' }, '{"n":"0.001","c":"KWD"}', 1n],
    [{ unit: 'major' }, '{"n":"0.5","c":"JPY"}', undefined],
    [{ unit: 'major' }, '{"n":"5","c":"NOPE"}', undefined],
    [{ unit: 4 }, '{"n":125000,"c":"EUR"}', 1250n],
    [{ unit: 2 }, '{"n":500,"c":"JPY"}', 5n],
    [{ unit: { path: 'u' } }, '{"n":500,"c":"JPY","u":2}', 5n],
    [{ unit: { path: 'u' } }, '{"n":500,"c":"JPY","u":"minor"}', 500n],
    [{ unit: { path: 'c', values: { isk: 2 } } }, '{"n":500,"c":"isk"}', 5n],
    [{ unit: { path: 'c', values: { isk: 2 } } }, '{"n":500,"c":"jpy"}', 500n],
  ])('%j of %s', (unit, record, expected) => {
    expect(amount(unit, record)).toBe(expected);
  });

  test('in a currency that the configuration adds', () => {
    const config = { currencies: { USDC: 6 } };
    expect(amount({ unit: 'major' }, '{"n":"1.5","c":"usdc"}', config)).toBe(1_500_000n);
  });

  test('that are no integer of minor units are judged by money/minor-units alone', async () => {
    const records = [{ n: '12.345', c: 'EUR' }];
    const report = await verifyMapped(
      { map: [entry({ unit: 'major' })], log: ENVELOPE },
      { log: records },
    );
    expect(foundIn(report)).toEqual(['money/minor-units at line:1: "12.345"']);
  });
});

describe('when', () => {
  const entry: MapEntry = {
    when: { 's.t': ['B', 1, null] },
    saga: { name: 'n', key: 'k', step: 'x' },
  };

  test.each([
    [{ s: { t: 'B' }, k: 1 }, 1],
    [{ s: { t: 1 }, k: 1 }, 1],
    [{ s: { t: '1' }, k: 1 }, 1],
    [{ s: { t: null }, k: 1 }, 1],
    [{ s: { t: 'C' }, k: 1 }, 0],
    [{ s: {}, k: 1 }, 0],
    [{ k: 1 }, 0],
  ])('%j', (record, facts) => {
    expect(factsOf(entry, record)).toHaveLength(facts);
  });
});
