import { expect, test } from 'vitest';
import { seededRandom } from '../../kernel/random.ts';
import { minimise } from './minimise.ts';

const { FINTECH_SEED = '1' } = process.env;
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);
const needs =
  (...wanted: number[]) =>
  (items: readonly number[]) =>
    wanted.every((item) => items.includes(item));

test('a single culprit among a thousand is left alone', () => {
  const found = minimise(upTo(1000), { stillFails: needs(617), budget: 1e6 });
  expect(found).toEqual({ items: [617], isMinimal: true });
});

test('culprits keep their order', () => {
  const found = minimise(upTo(100), { stillFails: needs(80, 3, 41), budget: 1e6 });
  expect(found.items).toEqual([3, 41, 80]);
});

test('a whole that cannot be made smaller stays', () => {
  const stillFails = (items: readonly number[]) => items.length === 9;
  expect(minimise(upTo(9), { stillFails, budget: 1e6 })).toEqual({
    items: upTo(9),
    isMinimal: true,
  });
  expect(minimise(upTo(1), { stillFails: () => true, budget: 10 }).items).toEqual([0]);
});

test(`nothing can be left out of what is found, whatever the rule (seed ${FINTECH_SEED})`, () => {
  const random = seededRandom(FINTECH_SEED);
  for (let round = 0; round < 200; round++) {
    const amounts = upTo(30).map(() => Math.floor(random.fraction() * 40) - 15);
    const limit = 1 + Math.floor(random.fraction() * 60);
    // Not monotone: leaving an item out may break the rule or mend it.
    const stillFails = (items: readonly number[]) =>
      items.reduce((sum, item) => sum + item, 0) >= limit;
    if (!stillFails(amounts)) continue;
    const { items, isMinimal } = minimise(amounts, { stillFails, budget: 1e6 });
    expect([isMinimal, stillFails(items)]).toEqual([true, true]);
    for (const at of items.keys()) expect(stillFails(items.toSpliced(at, 1))).toBe(false);
  }
});

test('past the budget it gives the smallest part found by then, and says so', () => {
  let tried = 0;
  const stillFails = (items: readonly number[]) => {
    tried += items.length;
    return needs(3, 700)(items);
  };
  const { items, isMinimal } = minimise(upTo(1000), { stillFails, budget: 3000 });
  expect(isMinimal).toBe(false);
  expect(tried).toBeLessThanOrEqual(3000);
  expect(items.length).toBeLessThan(1000);
  expect(needs(3, 700)(items)).toBe(true);
});
