import { canonicalJson, type JsonNode } from '../../kernel/json-text.ts';

/** The same text for equal values: 1, 1.0 and 10e-1 are one number, members have no order. */
export function exactText(node: JsonNode): string {
  return canonicalJson(withExactNumbers(node));
}

function withExactNumbers(node: JsonNode): JsonNode {
  switch (node.kind) {
    case 'number':
      return { kind: 'number', text: exactNumber(node.text) };
    case 'array':
      return { kind: 'array', items: node.items.map(withExactNumbers) };
    case 'object':
      return {
        kind: 'object',
        members: node.members.map((member) => ({
          ...member,
          value: withExactNumbers(member.value),
        })),
      };
    default:
      return node;
  }
}

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;
/** Zeros that are written out; a number with more keeps its exponent. */
const MAX_ZEROS = 40;

/** Its digits without zeros at either end, and the power of ten behind them. */
function exactNumber(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = NUMBER.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const shortest = digits.replace(/0+$/, '');
  if (shortest === '') return '0';
  const power =
    BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - shortest.length);
  if (power === 0n) return sign + shortest;
  return power > 0n && power <= MAX_ZEROS
    ? sign + shortest + '0'.repeat(Number(power))
    : `${sign}${shortest}e${power}`;
}
