import { describe, expect, test } from 'vitest';
import type { CheckSetting } from '../../model/verify-config.ts';
import type { LogProfile } from '../facts.ts';
import { settingsBy } from '../settings.ts';
import { GAPLESS_LOG } from '../source/cloud-events.ts';
import { ndjson } from '../testing/log-writer.ts';
import { inPartitions } from '../testing/partitions.ts';
import { bank, judge, Scenario } from '../testing/scenario.ts';
import { memorySource, verifySources } from '../testing/verify-bytes.ts';
import { ledgerHolds } from './ledger-holds.ts';

describe('ledger/holds', () => {
  const holds = (scenario: Scenario, setting: CheckSetting = {}) =>
    judge('ledger/holds', scenario, {
      settings: settingsBy({ checks: { 'ledger/holds': setting } }),
    });
  const found = (scenario: Scenario, setting: CheckSetting = {}) =>
    holds(scenario, setting).then((said) => said.found);
  const held = (more: object = {}) =>
    bank().hold('h', 'placed', { accountId: 'alice', amount: 100, currency: 'EUR', ...more });
  const posted = (amount: number, transactionId = 't') => ({ amount, transactionId });
  const move = (scenario: Scenario, transactionId: string, holdId = 'h') =>
    scenario.post(
      transactionId,
      [
        ['alice', 'debit', 100],
        ['bob', 'credit', 100],
      ],
      { holdId },
    );

  test('to the last cent is legal, and one more is not', async () => {
    expect(await found(held().hold('h', 'posted', posted(100)))).toEqual([]);
    expect(await found(held().hold('h', 'posted', posted(101)))).toEqual(['5: 1.01 EUR posted']);
  });

  test('each hold is resolved once, in whatever way', async () => {
    for (const first of ['voided', 'expired'])
      for (const second of ['voided', 'expired'])
        expect(await found(held().hold('h', first).hold('h', second))).toEqual([
          `6: ${second}, after it was ${first} at position 5`,
        ]);
    const twice = held().hold('h', 'posted', posted(10)).hold('h', 'posted', posted(10, 'u'));
    expect(await found(twice)).toEqual(['6: posted, after it was posted at position 5']);
    const voided = held().hold('h', 'posted', posted(10)).hold('h', 'voided');
    expect(await found(voided)).toEqual(['6: voided, after it was posted at position 5']);
  });

  test('the same posting told twice by the hold is two', async () => {
    const twice = held().hold('h', 'posted', posted(10)).hold('h', 'posted', posted(10));
    expect(await found(twice)).toEqual(['6: posted, after it was posted at position 5']);
  });

  test('a hold and its transaction tell of one posting, in any order; another transaction is another', async () => {
    expect(await found(move(held(), 't').hold('h', 'posted', posted(100)))).toEqual([]);
    expect(await found(move(held().hold('h', 'posted', posted(100)), 't'))).toEqual([]);
    expect(await found(move(move(held(), 't'), 'u'))).toEqual([
      '6: posted, after it was posted at position 5',
    ]);
  });

  test('money that moves on a hold that is over is found without an event of the hold', async () => {
    expect(await found(move(held().hold('h', 'voided'), 't'))).toEqual([
      '6: one voided at position 5',
    ]);
    expect(await found(move(held().hold('h', 'expired'), 't'))).toEqual([
      '6: one expired at position 5',
    ]);
  });

  test('several partial captures are legal where they are declared, up to what is held', async () => {
    const twice = (second: number) =>
      held().hold('h', 'posted', posted(60)).hold('h', 'posted', posted(second, 'u'));
    const declared = { partialCaptures: true };
    expect(await found(twice(40))).toHaveLength(1);
    expect(await found(twice(40), declared)).toEqual([]);
    expect(await found(twice(40).hold('h', 'voided'), declared)).toHaveLength(1);
    expect(await found(twice(41), declared)).toEqual(['6: 1.01 EUR posted']);
    expect(await found(twice(30).hold('h', 'voided'), declared)).toEqual([]);
  });

  test('clocks may be apart by the tolerance and no more', async () => {
    const expiresAt = '2026-12-31T23:59:05Z';
    const late = held({ expiresAt }).hold('h', 'posted', posted(1));
    expect(await found(late)).toEqual([]);
    expect(await found(late, { tolerance: '59s' })).toEqual(['5: one at 2027-01-01T00:00:05.000Z']);
    const later = held({ expiresAt: '2026-12-31T23:59:04.999Z' }).hold('h', 'posted', posted(1));
    expect(await found(later)).toHaveLength(1);
    expect(await found(later, { tolerance: '2m' })).toEqual([]);
  });

  test('an id may be used again once its hold is over, and a second pending hold adds to the first', async () => {
    const again = { accountId: 'alice', amount: 50, currency: 'EUR' };
    const anew = held().hold('h', 'voided').hold('h', 'placed', again);
    expect(await found(anew.hold('h', 'posted', posted(51)))).toEqual(['7: 0.51 EUR posted']);
    expect(await found(held().hold('h', 'placed', again).hold('h', 'posted', posted(150)))).toEqual(
      [],
    );
  });

  test('what resolves no hold is found, unless its hold may stand in what the log lacks', async () => {
    const unknown = () => held().hold('x', 'voided');
    expect(await found(unknown())).toEqual(['5: none']);
    const cut = unknown();
    cut.events.splice(2, 1);
    expect((await holds(cut)).said).toMatchObject({
      found: 0,
      skipped: 1,
      reason: 'the hold may have been placed in events the log lacks',
    });
    expect(await found(held({ amount: 0.5 }).hold('h', 'voided'))).toEqual([]);
  });

  test('a log that places no hold says nothing of those its transactions name', async () => {
    expect((await holds(move(bank(), 't'))).said).toMatchObject({
      verdict: 'inconclusive',
      reason: 'the log places no hold',
    });
  });

  const over = (profile: Partial<LogProfile>, ...logs: Scenario[]) =>
    verifySources(
      logs.map(({ events }, index) => {
        const source = memorySource(`log-${index}`, [ndjson(events)]);
        const reading = { ...source.reading, profile: { ...GAPLESS_LOG, ...profile } };
        return { ...source, reading };
      }),
      { checks: [ledgerHolds] },
    ).then(({ findings }) => findings.map(({ actual }) => actual));

  test('a log without order or beginning is not held to place first', async () => {
    const unknown = () => held().hold('x', 'voided');
    expect(await over({}, unknown())).toEqual(['none']);
    expect(await over({ order: 'none' }, unknown())).toEqual([]);
    expect(await over({ startsInMiddle: true }, unknown())).toEqual([]);
  });

  test('between partitions nobody knows what came first', async () => {
    const unknown = held().hold('x', 'voided');
    const source = memorySource('log', [ndjson(unknown.events)]);
    const partitions = unknown.events.map((_, index) => String(index % 2));
    const sources = [inPartitions(source, partitions)];
    const { findings, checks } = await verifySources(sources, { checks: [ledgerHolds] });
    expect(findings).toEqual([]);
    expect(checks[0]?.reason).toContain('the hold may be placed behind');
  });

  test('a hold placed in one log may be resolved in another; ids of two ledgers do not mix', async () => {
    const resolved = () => new Scenario().hold('h', 'voided');
    expect(await over({}, held(), resolved())).toEqual([]);
    const whole = () => held().hold('h', 'voided');
    expect(await over({}, whole(), whole())).toEqual([]);
    expect(await over({}, whole(), resolved())).toHaveLength(1);
  });

  test('a pass over a part of the keys keeps and counts only those', async () => {
    const settings = settingsBy({}, { owns: (key) => key === 'i' });
    const scenario = held().hold('i', 'placed', { accountId: 'bob', amount: 1, currency: 'EUR' });
    scenario.hold('h', 'posted', posted(101)).hold('i', 'posted', posted(2));
    const { found, said } = await judge('ledger/holds', scenario, { settings });
    expect(found).toEqual(['7: 0.02 EUR posted']);
    expect(said?.checked).toBe(2);
  });
});
