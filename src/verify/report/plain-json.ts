import type { JsonNode } from '../../kernel/json-text.ts';

/** ECMAScript's raw JSON text, which TypeScript's library does not declare yet. */
interface RawJson {
  rawJSON(text: string): unknown;
}

/**
 * A value that `JSON.stringify` prints digit for digit as it was read: numbers that a double would
 * change are kept as raw JSON.
 */
export function plainJson(node: JsonNode): unknown {
  switch (node.kind) {
    case 'object':
      // fromEntries defines members; `__proto__` becomes one like any other.
      return Object.fromEntries(node.members.map(({ name, value }) => [name, plainJson(value)]));
    case 'array':
      return node.items.map(plainJson);
    case 'string':
      return node.value;
    case 'number':
      return String(Number(node.text)) === node.text ? Number(node.text) : rawNumber(node.text);
    case 'literal':
      return node.text === 'null' ? null : node.text === 'true';
  }
}

function rawNumber(text: string): unknown {
  return (JSON as unknown as RawJson).rawJSON(text);
}
