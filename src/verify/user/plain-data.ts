import type { JsonNode } from '../../kernel/json-text.ts';

/**
 * JSON as user code gets it: plain values. No digit is lost: an integer that a double would change
 * is a bigint, another number its text.
 */
export function plainData(node: JsonNode): unknown {
  switch (node.kind) {
    case 'object':
      // fromEntries defines members; `__proto__` becomes one like any other.
      return Object.fromEntries(node.members.map(({ name, value }) => [name, plainData(value)]));
    case 'array':
      return node.items.map(plainData);
    case 'string':
      return node.value;
    case 'number':
      return plainNumber(node.text);
    case 'literal':
      return node.text === 'null' ? null : node.text === 'true';
  }
}

const INTEGER = /^-?\d+$/;

function plainNumber(text: string): number | bigint | string {
  const number = Number(text);
  if (INTEGER.test(text)) return Number.isSafeInteger(number) ? number : BigInt(text);
  return isExact(text, number) ? number : text;
}

/** Whether a double holds every digit: 0.10 and 1e3 are numbers, 0.1234567890123456789 is not. */
function isExact(text: string, number: number): boolean {
  return Number.isFinite(number) && digitsOf(text) === digitsOf(String(number));
}

/** Significant digits and the power of ten of the last one. */
function digitsOf(text: string): string {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const bare = digits.replace(/0+$/, '');
  const power = Number(exponent) - fraction.length + (digits.length - bare.length);
  return bare === '' ? '0' : `${sign}${bare}e${power}`;
}
