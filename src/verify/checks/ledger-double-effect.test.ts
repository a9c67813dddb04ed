import { describe, expect, test } from 'vitest';
import { type LogWriter } from '../testing/log-writer.ts';
import { bank, judge, type Leg, type Scenario } from '../testing/scenario.ts';

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

  test('keys that differ only far behind are two keys', async () => {
    const long = 'k'.repeat(250);
    const keyed = (a: string, b: string) =>
      bank().post('t', legs, { idempotencyKey: a }).post('u', legs, { idempotencyKey: b });
    expect(await doubles(keyed(`${long}1`, `${long}2`))).toBe(0);
    expect(await doubles(keyed(`${long}1`, `${long}1`))).toBe(1);
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
