import { expect, test } from 'vitest';
import { parseJsonText } from '../kernel/json-text.ts';
import { formatMoney, MAX_AMOUNT_DIGITS, readMinorUnits } from './money.ts';

const read = (json: string) => readMinorUnits(parseJsonText(json));

test.each([
  ['0', 0n],
  ['-0', 0n],
  ['1999', 1999n],
  ['-5', -5n],
  ['9007199254740991', 9_007_199_254_740_991n],
  ['"9007199254740993"', 9_007_199_254_740_993n],
  [`"${'9'.repeat(MAX_AMOUNT_DIGITS)}"`, BigInt('9'.repeat(MAX_AMOUNT_DIGITS))],
])('%s is exact minor units', (json, amount) => {
  expect(read(json)).toEqual({ ok: true, amount });
});

test.each([
  ['19.99', 'fraction'],
  ['100.0', 'fraction'],
  ['1e2', 'fraction'],
  ['"19.99"', 'fraction'],
  ['9007199254740992', 'beyond-exact'],
  ['-9007199254740992', 'beyond-exact'],
  [`"${'9'.repeat(MAX_AMOUNT_DIGITS + 1)}"`, 'too-long'],
  [`"-${'9'.repeat(MAX_AMOUNT_DIGITS + 1)}"`, 'too-long'],
  [`"${'9'.repeat(1_000_000)}"`, 'too-long'],
  ['"12a"', 'not-a-number'],
  ['"+5"', 'not-a-number'],
  ['"007"', 'not-a-number'],
  ['""', 'not-a-number'],
  ['true', 'not-a-number'],
  ['null', 'not-a-number'],
  ['{}', 'not-a-number'],
])('%s is refused as %s', (json, fault) => {
  expect(read(json)).toEqual({ ok: false, fault });
});

test('an absent amount is not a number', () => {
  expect(readMinorUnits(undefined)).toEqual({ ok: false, fault: 'not-a-number' });
});

test.each([
  [1234n, 'EUR', '12.34 EUR'],
  [5n, 'EUR', '0.05 EUR'],
  [-5n, 'EUR', '-0.05 EUR'],
  [1234n, 'JPY', '1234 JPY'],
  [1234n, 'KWD', '1.234 KWD'],
  [1234n, 'CLF', '0.1234 CLF'],
  [1234n, 'ZZZ', '1234 ZZZ'],
])('%s minor units of %s read as %s', (amount, currency, text) => {
  expect(formatMoney({ amount, currency })).toBe(text);
});
