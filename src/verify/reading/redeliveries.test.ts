import { expect, test } from 'vitest';
import type { EventFact } from '../facts.ts';
import { Redeliveries } from './redeliveries.ts';

const event = (id: string | undefined, source = 's') => ({ id, source }) as EventFact;

test('every event is new once, through all growth', () => {
  const redeliveries = new Redeliveries(100_000);
  const ids = Array.from({ length: 20_000 }, (_, n) => `evt-${n}`);
  expect(ids.filter((id) => redeliveries.isAgain(event(id)))).toEqual([]);
  expect(ids.filter((id) => !redeliveries.isAgain(event(id)))).toEqual([]);
});

test('another source is another event, and what has no id is always new', () => {
  const redeliveries = new Redeliveries(10);
  const answers = [
    event('1'),
    event('1', 't'),
    event('', 's1'),
    event(undefined),
    event(undefined),
  ];
  expect(answers.map((one) => redeliveries.isAgain(one))).toEqual([
    false,
    false,
    false,
    false,
    false,
  ]);
});

test('past its limit it knows what it has and says that it is full', () => {
  const redeliveries = new Redeliveries(2);
  expect([1, 2].map((n) => redeliveries.isAgain(event(`${n}`)))).toEqual([false, false]);
  expect(redeliveries.isFull).toBe(true);
  expect([1, 3, 3].map((n) => redeliveries.isAgain(event(`${n}`)))).toEqual([true, false, false]);
});
