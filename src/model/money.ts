import type { JsonNode } from '../kernel/json-text.ts';
import { minorUnitDecimals } from './currency.ts';

/** Exact money: integer minor units and an ISO 4217 code. Never a float. */
export interface Money {
  amount: bigint;
  currency: string;
}

/** Where an amount's text breaks the rule of integer minor units. */
export type AmountFault = 'not-a-number' | 'fraction' | 'beyond-exact';

const INTEGER = /^-?(?:0|[1-9]\d*)$/;
const MAX_EXACT = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * Reads integer minor units from JSON: an integer, or a string of digits (needed beyond 2^53−1,
 * where a reader that uses floats would change it).
 */
export function readMinorUnits(
  node: JsonNode | undefined,
): { ok: true; amount: bigint } | { ok: false; fault: AmountFault } {
  if (node?.kind === 'string') {
    return INTEGER.test(node.value)
      ? { ok: true, amount: BigInt(node.value) }
      : { ok: false, fault: /^-?\d+\.\d+$/.test(node.value) ? 'fraction' : 'not-a-number' };
  }
  if (node?.kind !== 'number') return { ok: false, fault: 'not-a-number' };
  if (!INTEGER.test(node.text)) return { ok: false, fault: 'fraction' };
  const amount = BigInt(node.text);
  const exact = amount <= MAX_EXACT && amount >= -MAX_EXACT;
  return exact ? { ok: true, amount } : { ok: false, fault: 'beyond-exact' };
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
