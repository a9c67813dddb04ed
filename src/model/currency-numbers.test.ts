import { expect, test } from 'vitest';
import { currencyCodes } from './currency.ts';
import { currencyOfAnyCase, currencyOfNumber } from './currency-numbers.ts';

test('every active code has one number', () => {
  const numbers = Array.from({ length: 1000 }, (_, n) => String(n));
  const codes = numbers.flatMap((number) => currencyOfNumber(number) ?? []);
  expect(codes.toSorted()).toEqual(currencyCodes().toSorted());
});

test.each([
  ['978', 'EUR'],
  ['008', 'ALL'],
  ['8', 'ALL'],
  ['36', 'AUD'],
  ['999', undefined],
  ['0978', undefined],
])('%s is the number of %s', (number, code) => {
  expect(currencyOfNumber(number)).toBe(code);
});

test('a code in any case is one, a word is none', () => {
  expect(['eur', 'Eur', 'usdc'].map(currencyOfAnyCase)).toEqual(['EUR', 'EUR', undefined]);
});
