import { expect, test } from 'vitest';
import {
  currencyCodes,
  currencyFault,
  isWithdrawnCurrency,
  minorUnitDecimals,
} from './currency.ts';

/**
 * Intl follows CLDR, which lists what people use. Where it counts other decimals than ISO 4217 list
 * one, money is still stored as ISO says.
 */
const CLDR_ROUNDS = 'AFN ALL COP HUF IDR IRR KPW LAK LBP MGA MMK PKR SOS SYP YER IQD'.split(' ');

test('every code has the decimals ISO 4217 gives it, by a second, independent table', () => {
  const known = new Set(Intl.supportedValuesOf('currency'));
  const differing = currencyCodes().filter((code) => {
    const format = new Intl.NumberFormat('en', { style: 'currency', currency: code });
    return (
      known.has(code) && format.resolvedOptions().maximumFractionDigits !== minorUnitDecimals(code)
    );
  });
  expect(differing.sort()).toEqual(CLDR_ROUNDS.sort());
});

test('every currency the runtime knows stands in one of the tables', () => {
  const unlisted = Intl.supportedValuesOf('currency').filter(
    (code) => currencyFault(code) === 'is no ISO 4217 code',
  );
  expect(unlisted).toEqual([]);
});

test.each([
  ['EUR', 2],
  ['JPY', 0],
  ['ISK', 0],
  ['UGX', 0],
  ['KWD', 3],
  ['CLF', 4],
  ['UYW', 4],
  ['XCG', 2],
  ['eur', undefined],
  ['XAU', undefined],
  ['DEM', undefined],
])('%s has %s decimals', (code, decimals) => {
  expect(minorUnitDecimals(code)).toBe(decimals);
});

test('no code is both active and withdrawn', () => {
  expect(currencyCodes().filter(isWithdrawnCurrency)).toEqual([]);
});

test('what is wrong with a code is said', () => {
  expect(currencyFault('EUR')).toBeUndefined();
  expect(currencyFault('HRK')).toBe('was withdrawn from ISO 4217');
  expect(currencyFault('XTS')).toBe('has no minor unit in ISO 4217');
  expect(currencyFault('EURO')).toBe('is no ISO 4217 code');
});
