import { describe, expect, test } from 'vitest';
import { CHECKS } from './catalogue.ts';
import { LogWriter, ndjson } from '../testing/log-writer.ts';
import { memorySource, verifyBytes, verifySources } from '../testing/verify-bytes.ts';
import type { VerifyOptions } from '../verify.ts';

type Leg = [account: string, direction: 'debit' | 'credit', amount: unknown, currency?: string];

/** Writes the events of a scenario by what happens in it. */
class Scenario extends LogWriter {
  open(accountId: string, kind: string | undefined, terms: object = {}): this {
    const data = { accountId, currency: 'EUR', ...(kind !== undefined && { kind }), ...terms };
    this.append(`account-${accountId}`, 'ledger.account-opened', data);
    return this;
  }

  step(accountId: string, step: string): this {
    this.append(`account-${accountId}`, `ledger.account-${step}`, { accountId });
    return this;
  }

  post(transactionId: string, legs: Leg[], more: object = {}): this {
    const postings = legs.map(([accountId, direction, amount, currency = 'EUR']) => ({
      accountId,
      direction,
      amount,
      currency,
    }));
    this.append(`tx-${transactionId}`, 'ledger.transaction-posted', {
      transactionId,
      postings,
      ...more,
    });
    return this;
  }

  hold(holdId: string, step: string, data: object = {}): this {
    this.append(`hold-${holdId}`, `ledger.hold-${step}`, { holdId, ...data });
    return this;
  }

  pay(paymentId: string, step: string, data: object): this {
    this.append(`payment-${paymentId}`, `payments.${step}`, { paymentId, ...data });
    return this;
  }

  /** `cash` lends `alice` this much. */
  fund(amount: unknown): this {
    return this.post('fund', [
      ['cash', 'debit', amount],
      ['alice', 'credit', amount],
    ]);
  }
}

const bank = () =>
  new Scenario().open('cash', 'asset').open('alice', 'liability').open('bob', 'liability');

const judge = async (check: string, scenario: LogWriter, options: Partial<VerifyOptions> = {}) => {
  const checks = CHECKS.filter(({ id }) => id === check);
  const { findings, checks: said } = await verifyBytes(ndjson(scenario.events), {
    checks,
    ...options,
  });
  return {
    found: findings.map(({ actual, positions }) => `${positions.at(-1)}: ${actual}`),
    said: said[0],
  };
};

describe('ledger/limits', () => {
  const limits = (scenario: LogWriter, overdraft: string[] = []) =>
    judge('ledger/limits', scenario, { settings: { overdraft: new Set(overdraft), maxKeys: 100 } });
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
});

describe('ledger/double-effect', () => {
  const doubles = (scenario: LogWriter) =>
    judge('ledger/double-effect', scenario).then(({ found }) => found.length);
  const legs: Leg[] = [
    ['alice', 'debit', 1],
    ['bob', 'credit', 1],
  ];
  const p1 = { amount: 100, currency: 'EUR' };

  test('the same transaction id twice, though each is balanced', async () => {
    expect(await doubles(bank().post('t', legs).post('t', legs))).toBe(1);
  });

  test('the key may stand in the envelope', async () => {
    const scenario = bank().post('t', legs).post('u', legs).post('v', legs);
    for (const event of scenario.events.slice(3, 5)) event['idempotencykey'] = 'k';
    expect(await doubles(scenario)).toBe(1);
  });

  test('two payments for one idempotency key, but not one payment told twice', async () => {
    const initiated = { ...p1, from: 'alice', to: 'bob', idempotencyKey: 'k' };
    expect(
      await doubles(bank().pay('p', 'initiated', initiated).pay('p', 'initiated', initiated)),
    ).toBe(0);
    expect(
      await doubles(bank().pay('p', 'initiated', initiated).pay('q', 'initiated', initiated)),
    ).toBe(1);
  });

  test('a capture after the whole was captured, but not a capture told twice, nor one after a second authorisation', async () => {
    const authorised = () => bank().pay('p', 'authorised', { ...p1, holdId: 'h' });
    const capture = (scenario: Scenario, amount: number, transactionId: string) =>
      scenario.pay('p', 'captured', { amount, currency: 'EUR', transactionId });
    expect(await doubles(capture(capture(authorised(), 100, 'a'), 100, 'b'))).toBe(1);
    expect(await doubles(capture(capture(authorised(), 100, 'a'), 100, 'a'))).toBe(0);
    expect(await doubles(capture(capture(authorised(), 60, 'a'), 40, 'b'))).toBe(0);
    const twice = capture(authorised(), 100, 'a').pay('p', 'authorised', { ...p1, holdId: 'i' });
    expect(await doubles(capture(twice, 100, 'b'))).toBe(0);
  });

  test('a chargeback of the id of a refund is another effect', async () => {
    const back = { ...p1, refundId: 'r' };
    const scenario = bank()
      .pay('p', 'refunded', { ...back, transactionId: 'a' })
      .pay('p', 'charged-back', { ...back, transactionId: 'b' });
    expect(await doubles(scenario)).toBe(0);
    expect(await doubles(scenario.pay('p', 'charged-back', { ...back, transactionId: 'c' }))).toBe(
      1,
    );
  });
});

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

describe('money/minor-units', () => {
  const units = (amount: unknown, currency = 'EUR') =>
    judge('money/minor-units', new Scenario().post('t', [['a', 'debit', amount, currency]])).then(
      ({ found }) => found,
    );

  test.each([
    [100, 'EUR', []],
    [0, 'EUR', []],
    ['100', 'JPY', []],
    [19.99, 'EUR', ['1: 19.99']],
    [0.1 + 0.2, 'EUR', ['1: 0.30000000000000004']],
    ['19.99', 'EUR', ['1: "19.99"']],
    [2 ** 53, 'EUR', ['1: 9007199254740992']],
    [-5, 'EUR', ['1: -5']],
    [null, 'EUR', []],
    [[], 'EUR', ['1: a JSON array']],
    [100, 'eur', ['1: 100 of "eur", which is no ISO 4217 code']],
    [100, 'DEM', ['1: 100 of "DEM", which was withdrawn from ISO 4217']],
    [100, 'XAU', ['1: 100 of "XAU", which has no minor unit in ISO 4217']],
  ])('%j of %s', async (amount, currency, expected) => {
    expect(await units(amount, currency)).toEqual(expected);
  });

  test('100.0 and 1e2 went through a float, whatever they are worth', async () => {
    const bytes = ndjson(new Scenario().post('t', [['a', 'debit', 11_111]]).events).toString();
    for (const text of ['100.0', '1e2']) {
      const { findings } = await verifyBytes(Buffer.from(bytes.replace('11111', text)));
      expect(findings[0]).toMatchObject({ check: 'money/minor-units', actual: text });
    }
  });
});

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

describe('log/id-reuse and log/duplicates', () => {
  const twice = async (first: string, second: string) => {
    const { checks } = await verifyBytes(Buffer.from(`${first}\n${second}\n`));
    return checks.filter(({ found }) => found > 0).map(({ id }) => id);
  };
  const event = (rest: string) => `{"specversion":"1.0","id":"e","source":"/s","type":"t",${rest}}`;

  test('member order, white space and the attributes of the store make no other event', async () => {
    const first = event(
      '"data":{"a":1,"b":"\\u00e9"},"streamrevision":0,"globalposition":"1","subject":"s"',
    );
    const second = event(
      '"subject":"s", "data": {"b":"é","a":1},"globalposition":"2","streamrevision":1',
    );
    expect(await twice(first, second)).toEqual(['log/duplicates']);
  });

  test('other digits do', async () => {
    expect(await twice(event('"data":1'), event('"data":1.0'))).toEqual(['log/id-reuse']);
  });

  test('each of two logs may hold the same event', async () => {
    const bytes = Buffer.from(`${event('"data":1')}\n`);
    const { findings } = await verifySources([
      memorySource('a', [bytes]),
      memorySource('b', [bytes]),
    ]);
    expect(findings).toEqual([]);
  });
});

describe('a foreign log without the attributes of a store', () => {
  test('has no revisions and positions to check; its places are lines', async () => {
    const scenario = bank().post('t', [
      ['alice', 'debit', 1],
      ['bob', 'credit', 2],
    ]);
    const foreign = scenario.events.map(
      ({ streamrevision: _, globalposition: __, recordedtime: ___, ...sent }) => sent,
    );
    const { checks, findings, head } = await verifyBytes(ndjson(foreign));
    const unsaid = checks.filter(({ verdict }) => verdict === 'inconclusive');
    expect(unsaid.map(({ id, reason }) => [id, reason])).toEqual([
      ['log/revisions', 'the event carries no streamrevision'],
      ['log/order', 'the event carries no globalposition'],
    ]);
    expect(findings.find(({ check }) => check === 'ledger/balanced')?.positions).toEqual([
      'line:4',
    ]);
    expect(head).toBe('line:4');
  });
});

test.each(
  CHECKS.filter(
    ({ id }) =>
      ![
        'log/order',
        'log/envelope',
        'log/corruption',
        'log/mapping',
        'money/minor-units',
        'ledger/balanced',
      ].includes(id),
  ),
)('$id gives up at its limit of keys, and is then never green', async ({ id }) => {
  const scenario = bank().hold('h', 'placed', { accountId: 'alice', amount: 0, currency: 'EUR' });
  scenario.hold('i', 'placed', { accountId: 'alice', amount: 0, currency: 'EUR' });
  for (const name of ['t', 'u', 'v'])
    scenario.post(name, [
      ['cash', 'debit', 5],
      ['alice', 'credit', 5],
    ]);
  const settings = (maxKeys: number) => ({ settings: { overdraft: new Set<string>(), maxKeys } });
  expect((await judge(id, scenario, settings(2))).said).toMatchObject({
    verdict: 'inconclusive',
    reason: expect.stringContaining('more than 2'),
  });
  expect((await judge(id, scenario, settings(100))).said?.verdict).toBe('consistent');
});
