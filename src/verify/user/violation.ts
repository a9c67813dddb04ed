/** What `finish` of an invariant says is wrong. */
interface Violation {
  message: string;
  expected: string;
  actual: string;
}

/**
 * Reads what `finish` gave: nothing (undefined or null) where the invariant holds, a sentence, or
 * `{ message, expected?, actual? }`.
 * @throws TypeError for anything else: `false` or a promise must not pass for "holds"
 */
export function violationOf(given: unknown): Violation | undefined {
  if (given === undefined || given === null) return undefined;
  const said = typeof given === 'string' ? { message: given } : given;
  const { message, expected, actual } = said as Record<string, unknown>;
  if (typeof message !== 'string' || message === '') {
    throw new TypeError('finish() gives nothing, a sentence, or { message, expected, actual }');
  }
  return {
    message,
    expected: textOf(expected) ?? 'that it holds',
    actual: textOf(actual) ?? message,
  };
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : undefined;
}
