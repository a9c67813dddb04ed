import type { JsonNode } from '../../kernel/json-text.ts';

/**
 * A JSON value as JavaScript holds it, for a validator that knows nothing else.
 * @param onInexact told of each number that a double would change, such as 2^53 + 1
 */
export function plainValue(node: JsonNode, onInexact: (text: string) => void): unknown {
  switch (node.kind) {
    case 'object':
      // fromEntries defines members; `__proto__` becomes one like any other.
      return Object.fromEntries(
        node.members.map(({ name, value }) => [name, plainValue(value, onInexact)]),
      );
    case 'array':
      return node.items.map((item) => plainValue(item, onInexact));
    case 'string':
      return node.value;
    case 'number':
      if (!isExact(node.text)) onInexact(node.text);
      return Number(node.text);
    case 'literal':
      return node.text === 'null' ? null : node.text === 'true';
  }
}

/** Whether a double that is printed again has the same value: `0.1` and `1.0e2` do, `1e400` not. */
function isExact(text: string): boolean {
  const value = Number(text);
  return Number.isFinite(value) && digitsOf(text) === digitsOf(String(value));
}

/** Significant digits and the power of ten of the last one. */
function digitsOf(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const all = `${whole}${fraction}`.replace(/^0+/, '');
  const digits = all.replace(/0+$/, '');
  if (digits === '') return '0';
  return `${sign}${digits}e${Number(exponent) - fraction.length + all.length - digits.length}`;
}
