import type { JsonNode } from '../kernel/json-text.ts';
import { minorUnitDecimals } from './currency.ts';

/** Exact money: integer minor units and an ISO 4217 code. Never a float. */
export interface Money {
  amount: bigint;
  currency: string;
}

/** Where an amount's text breaks the rule of integer minor units. */
export type AmountFault = 'not-a-number' | 'fraction' | 'beyond-exact' | 'too-long';

export type AmountReading = { ok: true; amount: bigint } | { ok: false; fault: AmountFault };

/** More digits than any money has: what a 128-bit integer or SQL's NUMERIC(38) holds. */
export const MAX_AMOUNT_DIGITS = 38;

const INTEGER = /^-?(?:0|[1-9]\d*)$/;
const DECIMAL = /^-?\d+\.\d+$/;
const MAX_EXACT = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * Reads integer minor units from JSON: an integer, or a string of digits (needed beyond 2^53−1,
 * where a reader that uses floats would change it).
 */
export function readMinorUnits(node: JsonNode | undefined): AmountReading {
  if (node?.kind === 'string') {
    if (INTEGER.test(node.value)) return readInteger(node.value);
    return { ok: false, fault: DECIMAL.test(node.value) ? 'fraction' : 'not-a-number' };
  }
  if (node?.kind !== 'number') return { ok: false, fault: 'not-a-number' };
  if (!INTEGER.test(node.text)) return { ok: false, fault: 'fraction' };
  const reading = readInteger(node.text);
  const exact = reading.ok && reading.amount <= MAX_EXACT && reading.amount >= -MAX_EXACT;
  return exact ? reading : { ok: false, fault: 'beyond-exact' };
}

function readInteger(digits: string): AmountReading {
  return digits.length > MAX_AMOUNT_DIGITS + 1 || digits.replace('-', '').length > MAX_AMOUNT_DIGITS
    ? { ok: false, fault: 'too-long' }
    : { ok: true, amount: BigInt(digits) };
}

/** `1234 EUR` as people read it: `12.34 EUR`. An unknown code keeps minor units. */
export function formatMoney({ amount, currency }: Money): string {
  const decimals = minorUnitDecimals(currency) ?? 0;
  const sign = amount < 0n ? '-' : '';
  const digits = (amount < 0n ? -amount : amount).toString().padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = decimals === 0 ? '' : `.${digits.slice(-decimals)}`;
  return `${sign}${whole}${fraction} ${currency}`;
}
