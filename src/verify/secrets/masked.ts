import type { JsonNode } from '../../kernel/json-text.ts';
import { findSecrets, type Secret } from './find-secrets.ts';

/** Members whose long numbers are no cards' unless a check says so. */
const IDENTIFYING = /(?:id|key|position|offset|revision|amount)$/i;

/**
 * The same value with its secrets masked, so that no report passes one on.
 * @param known what was found to be secret in it, with its mask
 */
export function masked(node: JsonNode, known: ReadonlyMap<string, string>, name = ''): JsonNode {
  switch (node.kind) {
    case 'object': {
      const members = node.members.map((member) => ({
        ...member,
        value: masked(member.value, known, member.name),
      }));
      return { kind: 'object', members };
    }
    case 'array':
      return { kind: 'array', items: node.items.map((item) => masked(item, known, name)) };
    case 'literal':
      return node;
    case 'string':
    case 'number': {
      const before = node.kind === 'string' ? node.value : node.text;
      let value = withoutSecrets(node, before, name);
      for (const [text, mask] of known) value = value.replaceAll(text, mask);
      return value === before ? node : { kind: 'string', text: JSON.stringify(value), value };
    }
  }
}

/** From the last to the first, so that places hold. */
function withoutSecrets(node: JsonNode, text: string, name: string): string {
  return findSecrets(node, '', name)
    .filter(({ doubt }) => isMasked(doubt, name))
    .toSorted((a, b) => b.start - a.start)
    .reduce(
      (left, { start, text: found, mask }) =>
        left.slice(0, start) + mask + left.slice(start + found.length),
      text,
    );
}

function isMasked(doubt: Secret['doubt'], name: string): boolean {
  return doubt === undefined || (doubt === 'bare-number' && !IDENTIFYING.test(name));
}
