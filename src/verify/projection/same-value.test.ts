import { expect, test } from 'vitest';
import { differences, partsAt, valueText } from './same-value.ts';

test.each<[unknown, unknown]>([
  [1n, 1],
  [1n, '1'],
  [9_007_199_254_740_993n, '9007199254740993'],
  [{ a: 1n }, { a: 1, more: 'than the fold knows' }],
  [{ a: undefined }, {}],
  [
    [1n, 'x'],
    [1, 'x'],
  ],
  [null, null],
])('%o is the live value %o', (folded, live) => {
  expect(differences(folded, live)).toEqual([]);
});

test.each<[unknown, unknown, string[]]>([
  [1n, 2, ['']],
  [1n, '1.0', ['']],
  ['1', 1, ['']],
  [null, undefined, ['']],
  [undefined, { a: 1 }, ['']],
  [{ a: 1n, b: { c: 2n, d: 'x' } }, { a: 3, b: { c: 4, d: 'x' } }, ['a', 'b.c']],
  [{ a: [1n, 2n] }, { a: [1, 3] }, ['a[1]']],
  [[1n], [1, 1], ['']],
])('%o is not the live value %o, at %o', (folded, live, paths) => {
  expect(differences(folded, live)).toEqual(paths);
});

test('a sentence shows the members that differ, and amounts as numbers', () => {
  const value = { balance: 5n, held: 9_007_199_254_740_993n, kind: 'asset' };
  expect(valueText(partsAt(value, ['balance', 'held']))).toBe(
    '{"balance":5,"held":"9007199254740993"}',
  );
  expect(valueText(partsAt(undefined, ['balance']))).toBe('nothing');
});
