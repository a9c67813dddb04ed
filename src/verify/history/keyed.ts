import type { JsonNode } from '../../kernel/json-text.ts';
import { fail } from './pairing.ts';
import type { Operation } from './operation.ts';

/**
 * The operations with their keys. Jepsen writes many registers as one whose values are pairs of key
 * and value: a read that is called with a pair says so.
 */
export function withKeys(operations: readonly Operation[]): readonly Operation[] {
  const inPairs = operations.some(
    ({ f, key, input }) => (f === 'read' || f === 'get') && key === undefined && isPair(input),
  );
  return inPairs ? operations.map(unpaired) : operations;
}

function unpaired(operation: Operation): Operation {
  const { input, output, call, end } = operation;
  if (operation.key !== undefined) return operation;
  const [key, value] = isPair(input) ? input.items : [];
  if (key === undefined || value === undefined) {
    return fail(call, 'the value is no pair of key and value, as it is in other calls');
  }
  if (output === undefined || end === undefined) return { ...operation, key, input: value };
  const [, result = output] = isPair(output) ? output.items : [];
  return { ...operation, key, input: value, output: result };
}

function isPair(node: JsonNode): node is Extract<JsonNode, { kind: 'array' }> {
  return node.kind === 'array' && node.items.length === 2;
}
