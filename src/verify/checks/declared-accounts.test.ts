import { describe, expect, test } from 'vitest';
import type { AccountRule, VerifyConfig } from '../../model/verify-config.ts';
import type { EventFact, Log } from '../facts.ts';
import { keyOf } from '../keys.ts';
import { settingsBy } from '../settings.ts';
import { CLOUD_EVENTS, GAPLESS_LOG } from '../source/cloud-events.ts';
import { ndjson } from '../testing/log-writer.ts';
import { Scenario } from '../testing/scenario.ts';
import { memorySource, verifySources } from '../testing/verify-bytes.ts';
import { CHECKS } from './catalogue.ts';
import { DeclaredAccounts } from './declared-accounts.ts';

const RULES: AccountRule[] = [
  { match: 'cash:*', kind: 'asset', overdraft: 50 },
  { match: 'cap', kind: 'liability', limit: 1000 },
  { match: '*', kind: 'liability' },
];

interface Told {
  accounts?: AccountRule[];
  openings?: Record<string, number>;
  startsInMiddle?: boolean;
  /** The partition of each event. */
  partitions?: string[];
}

const pay = (scenario: Scenario, id: string, [from, to, amount]: [string, string, number]) =>
  scenario.post(id, [
    [from, 'debit', amount],
    [to, 'credit', amount],
  ]);

async function judge(check: string, scenario: Scenario, told: Told) {
  const { accounts = RULES, openings = {}, startsInMiddle = false, partitions } = told;
  const inPartitions = (node: EventFact['node'], log: Log, line: number): EventFact => {
    const event = CLOUD_EVENTS.readEvent(node, log, line);
    return partitions === undefined ? event : { ...event, partition: partitions[line - 1] };
  };
  const reading = {
    ...CLOUD_EVENTS,
    readEvent: inPartitions,
    profile: { ...GAPLESS_LOG, order: 'increasing' as const, startsInMiddle },
  };
  const config: VerifyConfig = { accounts };
  const balances = Object.entries(openings).map(([id, balance]): [string, bigint] => [
    keyOf(id, 'EUR'),
    BigInt(balance),
  ]);
  const report = await verifySources(
    [{ ...memorySource('log', [ndjson(scenario.events)]), reading }],
    {
      checks: CHECKS.filter(({ id }) => id === check),
      settings: settingsBy(config, { openings: new Map(balances) }),
    },
  );
  return {
    found: report.findings.map(({ actual, positions }) => `${positions.at(-1)}: ${actual}`),
    checked: report.checks[0]?.checked,
    reason: report.checks[0]?.reason,
  };
}

describe('a rule for accounts', () => {
  const declared = new DeclaredAccounts({ config: { accounts: RULES }, openings: new Map() });
  test.each([
    ['cash:eur', 'asset'],
    ['cash:', 'asset'],
    ['cash', 'liability'],
    ['', 'liability'],
  ])('%j is of kind %s', (id, kind) => {
    expect(declared.ruleOf(id)?.kind).toBe(kind);
  });

  test.each([
    ['a*c', 'ac', true],
    ['a*c', 'abc', true],
    ['a*c', 'abcd', false],
    ['a*a', 'a', false],
    ['*b*', 'abc', true],
    ['a*b*b', 'ab', false],
    ['a*b*b', 'abb', true],
    ['a.c', 'abc', false],
  ])('%s and %s', (match, id, matches) => {
    const one = new DeclaredAccounts({ config: { accounts: [{ match }] }, openings: new Map() });
    expect(one.ruleOf(id) !== undefined).toBe(matches);
  });
});

describe('ledger/limits of accounts that no event opens', () => {
  const limits = (scenario: Scenario, told: Told = {}) => judge('ledger/limits', scenario, told);

  test('holds them to the kind and overdraft of their rule', async () => {
    const log = pay(new Scenario(), 't', ['cash:eur', 'alice', 100]);
    pay(log, 'u', ['alice', 'bob', 100]);
    expect((await limits(log)).found).toEqual([]);
    pay(log, 'v', ['alice', 'bob', 1]);
    expect((await limits(log)).found).toEqual(['3: -0.01 EUR']);
    const overdrawn = pay(new Scenario(), 't', ['alice', 'cash:eur', 51]);
    expect((await limits(overdrawn)).found).toEqual(['1: -0.51 EUR', '1: -0.51 EUR']);
  });

  test('skips them where no rule says their kind', async () => {
    const { checked, reason } = await limits(pay(new Scenario(), 't', ['a', 'b', 1]), {
      accounts: [],
    });
    expect({ checked, reason }).toEqual({
      checked: 0,
      reason: 'the account is not opened in the log',
    });
  });

  test('skips them in a log that starts in mid-life, but for those whose opening is known', async () => {
    const log = pay(new Scenario(), 't', ['alice', 'bob', 30]);
    const told = { startsInMiddle: true };
    expect(await limits(log, told)).toMatchObject({ found: [], checked: 0 });
    expect(await limits(log, { ...told, openings: { alice: 30 } })).toMatchObject({
      found: [],
      checked: 1,
    });
    expect((await limits(log, { ...told, openings: { alice: 29 } })).found).toEqual([
      '1: -0.01 EUR',
    ]);
  });

  test('finds more on an account than its limit allows, once', async () => {
    const log = pay(new Scenario(), 't', ['cash:eur', 'cap', 1000]);
    expect((await limits(log)).found).toEqual([]);
    pay(log, 'u', ['cash:eur', 'cap', 1]);
    pay(log, 'v', ['cash:eur', 'cap', 1]);
    expect((await limits(log)).found).toEqual(['2: 10.01 EUR']);
  });

  test('finds them moved while frozen', async () => {
    const log = pay(new Scenario(), 't', ['cash:eur', 'alice', 100]).step('alice', 'frozen');
    expect((await limits(pay(log, 'u', ['alice', 'bob', 1]))).found).toEqual([
      '3: a movement while frozen',
    ]);
  });

  test('skips an account whose events stand in several partitions, and judges the others', async () => {
    const log = pay(new Scenario(), 't', ['alice', 'bob', 10]);
    pay(log, 'u', ['cash:eur', 'alice', 10]);
    pay(log, 'v', ['carol', 'bob', 5]);
    const mixed = await limits(log, { partitions: ['0', '1', '0'] });
    expect(mixed).toMatchObject({
      found: ['3: -0.05 EUR'],
      checked: 4,
      reason: 'the events of the account stand in several partitions',
    });
    const alone = await limits(log, { partitions: ['0', '0', '0'] });
    expect(alone.found).toEqual(['1: -0.10 EUR', '3: -0.05 EUR']);
  });
});

describe('ledger/accounts', () => {
  test('asks for no opening of an account that a rule describes', async () => {
    const log = new Scenario().open('alice', 'liability');
    pay(log, 't', ['cash:eur', 'alice', 1]);
    const accounts = [{ match: 'cash:*' }];
    expect((await judge('ledger/accounts', log, { accounts })).found).toEqual([]);
    expect((await judge('ledger/accounts', log, { accounts: [] })).found).toHaveLength(1);
  });

  test('does not ask what came first in two partitions', async () => {
    const log = pay(new Scenario(), 't', ['alice', 'bob', 1]).open('alice', 'liability');
    log.open('bob', 'liability');
    const told = { accounts: [], partitions: ['0', '1', '0'] };
    expect((await judge('ledger/accounts', log, told)).found).toEqual([
      '1: one not opened before (1 posting)',
    ]);
  });
});

test('money/minor-units takes a currency that the configuration adds', async () => {
  const log = new Scenario().post('t', [
    ['a', 'debit', 5, 'USDC'],
    ['b', 'credit', 5, 'USDC'],
  ]);
  const found = async (config: VerifyConfig) =>
    (
      await verifySources([memorySource('log', [ndjson(log.events)])], {
        settings: settingsBy(config),
      })
    ).findings.length;
  expect(await found({ currencies: { USDC: 6 } })).toBe(0);
  expect(await found({})).toBe(2);
});
