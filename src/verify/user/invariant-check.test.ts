import { expect, test } from 'vitest';
import type { Report } from '../../model/verify-report.ts';
import type { CheckSettings } from '../contract.ts';
import { settingsBy } from '../settings.ts';
import { ndjson } from '../testing/log-writer.ts';
import { bank, type Scenario } from '../testing/scenario.ts';
import { verifyBytes } from '../testing/verify-bytes.ts';
import { invariantCheck } from './invariant-check.ts';
import { readInvariant } from './user-code.ts';
import type { UserFact } from './user-facts.ts';

type Members = Record<string, unknown>;

/** The sum of what bob gets must stay below 50. */
const CAP: Members = {
  name: 'acme/cap',
  facts: ['transaction'],
  initial: () => 0n,
  step: (sum: bigint, { postings }: { postings: { accountId: string; amount: bigint }[] }) =>
    postings.reduce((all, { accountId, amount }) => all + (accountId === 'bob' ? amount : 0n), sum),
  finish: (sum: bigint) => (sum < 50n ? undefined : { message: 'too much', actual: sum }),
};

const pays = (...amounts: number[]): Scenario => {
  const scenario = bank().fund(1000);
  for (const [index, amount] of amounts.entries()) {
    scenario.post(
      `t${index}`,
      [
        ['alice', 'debit', amount],
        ['bob', 'credit', amount],
      ],
      { paymentId: index % 2 === 0 ? 'even' : 'odd' },
    );
  }
  return scenario;
};

function run(
  members: Members,
  scenario: Scenario,
  settings: Partial<CheckSettings> = {},
): Promise<Report> {
  const checks = [invariantCheck(readInvariant({ ...CAP, ...members }, 'cap.ts'))];
  return verifyBytes(ndjson(scenario.events), { checks, settings: settingsBy({}, settings) });
}

const reasonOf = ({ verdict, checks }: Report) => [verdict, checks[0]?.verdict, checks[0]?.reason];

test('an invariant that holds is consistent, over the facts it was given', async () => {
  const report = await run({}, pays(10, 20));
  expect(report).toMatchObject({ verdict: 'consistent', checks: [{ checked: 3, skipped: 0 }] });
});

test('one that does not is found, with the fewest events that show it', async () => {
  const { findings } = await run({}, pays(10, 30, 5, 20, 1));
  expect(findings).toMatchObject([
    {
      check: 'acme/cap',
      severity: 'high',
      message: 'acme/cap does not hold: too much',
      expected: 'that it holds',
      actual: '66',
      positions: ['6', '8'],
    },
  ]);
});

test('a finding by key is of that key alone, and has a digest of it', async () => {
  const key = ({ paymentId }: UserFact) => paymentId;
  const report = await run({ key }, pays(40, 5, 15, 5));
  expect(report.findings).toMatchObject([
    {
      message: 'acme/cap does not hold for "even": too much',
      positions: ['5', '7'],
      digest: expect.any(String) as string,
    },
  ]);
  // What funds alice is of no payment.
  expect(report.checks[0]).toMatchObject({ checked: 4, skipped: 1, reason: 'key() gave none' });
});

test('a pass that owns a part of the keys judges that part, and several give the whole', async () => {
  const key = ({ paymentId }: UserFact) => paymentId;
  const [evens, odds] = await Promise.all(
    ['even', 'odd'].map((own, index) =>
      run({ key }, pays(60, 60), { owns: (other) => other === own, isFirstPass: index === 0 }),
    ),
  );
  expect(evens?.checks[0]).toMatchObject({ checked: 1, skipped: 1, found: 1 });
  expect(odds?.checks[0]).toMatchObject({ checked: 1, skipped: 0, found: 1 });
});

test('past the limit of keys it gives up, and is then never green', async () => {
  const key = ({ paymentId = 'none' }: UserFact) => paymentId;
  const said = async (maxKeys: number) => (await run({ key }, pays(1, 1), { maxKeys })).checks[0];
  expect(await said(2)).toMatchObject({
    verdict: 'inconclusive',
    reason: 'the log has more than 2 keys of it',
  });
  expect(await said(3)).toMatchObject({ verdict: 'consistent' });
});

test('a log without its facts leaves it inconclusive', async () => {
  expect(reasonOf(await run({ facts: ['statement'] }, pays(1)))).toEqual([
    'inconclusive',
    'inconclusive',
    'the log holds no facts',
  ]);
});

test('it reads events by their type, as plain data', async () => {
  const report = await run(
    {
      facts: [],
      events: ['com.acme.ledger.account-*'],
      initial: () => '',
      step: (seen: string, fact: UserFact) =>
        `${seen} ${String((fact['data'] as Members)['accountId'])}`,
      finish: (seen: string) => seen.trim(),
    },
    bank().fund(1),
  );
  expect(report.findings[0]?.message).toBe('acme/cap does not hold: cash alice bob');
});

test('every kind of fact is plain: nothing of ours, amounts as bigint', async () => {
  const seen: UserFact[] = [];
  const money = { amount: 5, currency: 'EUR' };
  const scenario = pays(7)
    .hold('h', 'placed', { accountId: 'alice', ...money })
    .pay('p', 'captured', { ...money, transactionId: 't0' });
  const step = (state: unknown, fact: UserFact) => {
    seen.push(fact);
    return state;
  };
  const facts = ['account', 'transaction', 'hold', 'payment'];
  await run({ facts, step, finish: () => undefined }, scenario);
  expect(seen.map(({ kind }) => kind)).toEqual([
    'account',
    'account',
    'account',
    'transaction',
    'transaction',
    'hold',
    'payment',
  ]);
  expect(structuredClone(seen)).toEqual(seen);
  expect(seen[4]).toMatchObject({
    kind: 'transaction',
    position: '5',
    log: 'log.ndjson',
    id: 'evt-000005',
    transactionId: 't0',
    paymentId: 'even',
    postings: [
      { accountId: 'alice', direction: 'debit', amount: 7n, currency: 'EUR' },
      { accountId: 'bob', direction: 'credit', amount: 7n, currency: 'EUR' },
    ],
  });
  for (const fact of seen) {
    for (const ours of ['event', 'events', 'totals', 'node', 'at'])
      expect(fact).not.toHaveProperty(ours);
  }
});

const thrower = () => {
  throw new RangeError('no such thing');
};

test.each<[string, Members, string]>([
  ['step', { step: thrower }, 'it threw at position 4: RangeError: no such thing (cap.ts)'],
  ['finish', { finish: thrower }, 'it threw at position 5: RangeError: no such thing (cap.ts)'],
  ['initial', { initial: thrower }, 'it threw at position 4: RangeError: no such thing (cap.ts)'],
  ['key', { key: thrower }, 'it threw at position 4: RangeError: no such thing (cap.ts)'],
  ['key of a number', { key: () => 7 }, 'TypeError: key() gave number, not a string'],
  ['a promised step', { step: () => Promise.reject(new Error('x')) }, 'step() gave a promise'],
  ['a promised end', { finish: async () => {} }, 'finish() gives nothing, a sentence, or'],
  ['a true end', { finish: () => true }, 'finish() gives nothing, a sentence, or'],
  ['a false end', { finish: () => false }, 'finish() gives nothing, a sentence, or'],
])('a fault in %s is its own: inconclusive, and so is the run', async (_, members, reason) => {
  expect(reasonOf(await run(members, pays(1)))).toEqual([
    'inconclusive',
    'inconclusive',
    expect.stringContaining(reason),
  ]);
});

test('a fault beside what other checks find does not hide it', async () => {
  const own = invariantCheck(readInvariant({ ...CAP, step: thrower }, 'cap.ts'));
  const cap = invariantCheck(readInvariant({ ...CAP, name: 'acme/other' }, 'other.ts'));
  const report = await verifyBytes(ndjson(pays(60).events), { checks: [own, cap] });
  expect(report.verdict).toBe('inconsistent');
  expect(report.checks.map(({ verdict }) => verdict)).toEqual(['inconclusive', 'inconsistent']);
});

test('an end that only the whole log can show keeps the events that show it', async () => {
  const open = {
    key: ({ holdId }: UserFact) => holdId,
    facts: ['hold'],
    initial: () => 'none',
    step: (_: string, { step }: UserFact) => step,
    finish: (last: string) => (last === 'placed' ? 'never resolved' : undefined),
  };
  const terms = { accountId: 'alice', amount: 1, currency: 'EUR' };
  const scenario = pays(1)
    .hold('a', 'placed', terms)
    .hold('b', 'placed', terms)
    .hold('a', 'voided');
  const { findings } = await run(open, scenario);
  expect(findings).toMatchObject([
    { message: 'acme/cap does not hold for "b": never resolved', positions: ['7'] },
  ]);
});

test('facts beyond what a counterexample is made of are said, and the last event shown', async () => {
  const many = {
    initial: () => 0,
    step: (n: number) => n + 1,
    finish: (n: number) => (n > 10_001 ? 'many' : null),
  };
  const scenario = bank();
  for (let i = 0; i <= 10_001; i++) scenario.fund(1);
  const { findings } = await run(many, scenario);
  expect(findings).toMatchObject([
    {
      message: 'acme/cap does not hold: many (too many events to show the fewest)',
      positions: ['10005'],
    },
  ]);
});

test.each<[unknown, string]>([
  [undefined, 'it has no `export default` of an object'],
  [{ ...CAP, name: 'cap' }, 'name is an area and a name, such as acme/fees'],
  [{ ...CAP, facts: [] }, 'it reads neither facts nor events'],
  [
    { ...CAP, facts: ['transactions'] },
    'there is no fact transactions. Did you mean "transaction"?',
  ],
  [{ ...CAP, facts: 'transaction' }, 'facts is a list of texts'],
  [{ ...CAP, step: undefined }, 'step is a function'],
  [{ ...CAP, finish: 'x' }, 'finish is a function'],
  [{ ...CAP, key: 'x' }, 'key is a function'],
  [{ ...CAP, severity: 'low' }, 'severity is one of critical, high, medium'],
  [{ ...CAP, fields: [1] }, 'fields is a list of texts'],
])('what is no invariant is refused and says why', (exported, why) => {
  expect(() => readInvariant(exported, 'cap.ts')).toThrow(`cap.ts exports no invariant: ${why}`);
});
