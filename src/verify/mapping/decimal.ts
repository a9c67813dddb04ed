import { type AmountReading, MAX_AMOUNT_DIGITS } from '../../model/money.ts';

const DECIMAL = /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/;
const MAX_EXACT = BigInt(Number.MAX_SAFE_INTEGER);

interface DecimalText {
  text: string;
  /** Whether it stood as a JSON number, which readers that use floats would change. */
  isNumber: boolean;
  /** How far the point is moved to the right: 2 from euros to cents. */
  shift: number;
}

/** Reads a decimal as an integer of minor units by its digits alone, never through a float. */
export function readDecimal({ text, isNumber, shift }: DecimalText): AmountReading {
  const found = DECIMAL.exec(text);
  if (found === null) return { ok: false, fault: 'not-a-number' };
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = found;
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const point = shift + Number(exponent) - fraction.length;
  // Before any zeros are written out: an exponent may ask for a thousand of them.
  if (point < 0 && /[1-9]/.test(digits.slice(point))) return { ok: false, fault: 'fraction' };
  const kept = point < 0 ? digits.slice(0, point) : `${digits}${zerosBehind(digits, point)}`;
  if (kept.length > MAX_AMOUNT_DIGITS) return { ok: false, fault: 'too-long' };
  const amount = BigInt(kept === '' ? '0' : kept);
  if (isNumber && amount > MAX_EXACT) return { ok: false, fault: 'beyond-exact' };
  return { ok: true, amount: sign === '-' ? -amount : amount };
}

function zerosBehind(digits: string, count: number): string {
  return digits === '' ? '' : '0'.repeat(count);
}
