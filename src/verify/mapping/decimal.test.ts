import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../kernel/random.ts';
import { MAX_AMOUNT_DIGITS } from '../../model/money.ts';
import { readDecimal } from './decimal.ts';

const minor = (text: string, shift: number, isNumber = false) => {
  const reading = readDecimal({ text, isNumber, shift });
  return reading.ok ? reading.amount : reading.fault;
};

describe('a decimal as minor units', () => {
  test.each([
    ['12.34', 2, 1234n],
    ['-12.3', 2, -1230n],
    ['+0.05', 2, 5n],
    ['12', 0, 12n],
    ['12.500', 2, 1250n],
    ['0', 2, 0n],
    ['0.00', 0, 0n],
    ['-0', 2, 0n],
    ['12.', 2, 1200n],
    ['1.5e3', 2, 150_000n],
    ['1500e-2', 2, 1500n],
    ['0e999', 2, 0n],
    ['12.345', 2, 'fraction'],
    ['0.1', 0, 'fraction'],
    ['1e-3', 2, 'fraction'],
    ['19.990000000000002', 2, 'fraction'],
    ['1e999', 0, 'too-long'],
    ['1e-999', 0, 'fraction'],
    ['1,5', 2, 'not-a-number'],
    ['0x10', 2, 'not-a-number'],
    ['', 2, 'not-a-number'],
    ['NaN', 2, 'not-a-number'],
    ['125', -2, 'fraction'],
    ['12500', -2, 125n],
  ])('%s moved by %d is %s', (text, shift, expected) => {
    expect(minor(text, shift)).toBe(expected);
  });

  test('a JSON number is exact to 2^53−1 minor units, a string to its most digits', () => {
    expect(minor('90071992547409.91', 2, true)).toBe(9_007_199_254_740_991n);
    expect(minor('90071992547409.92', 2, true)).toBe('beyond-exact');
    const most = '9'.repeat(MAX_AMOUNT_DIGITS);
    expect(minor(most, 0)).toBe(BigInt(most));
    expect(minor(`${most}9`, 0)).toBe('too-long');
  });

  const seed = process.env['FINTECH_SEED'] ?? '1';
  test(`is what the same number in minor units says (seed ${seed})`, () => {
    const random = seededRandom(seed);
    for (let n = 0; n < 1000; n++) {
      const decimals = Math.floor(random.fraction() * 5);
      const amount = BigInt(Math.floor(random.fraction() * 2 ** 50));
      const digits = amount.toString().padStart(decimals + 1, '0');
      const text = `${digits.slice(0, digits.length - decimals)}.${digits.slice(digits.length - decimals)}`;
      expect(minor(text, decimals), text).toBe(amount);
    }
  });
});
