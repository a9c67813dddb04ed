import {
  type JsonMember,
  type JsonNode,
  JsonTextError,
  parseJsonText,
} from '../../kernel/json-text.ts';
import type { LogConfig } from '../../model/verify-config.ts';
import type { ConfigPlace } from './config-place.ts';
import type { Path } from './path.ts';
import { compilePath } from './scope.ts';

/** A record as its paths see it. */
export type Decode = (record: JsonNode) => JsonNode;

type Coding = NonNullable<LogConfig['decode']>[string];

/** `decode`: what of a record is read as something else than it is written as. */
export function compileDecode(
  place: ConfigPlace,
  config: NonNullable<LogConfig['decode']>,
): Decode | undefined {
  const steps = Object.entries(config).flatMap(([text, coding]) => {
    const path = compilePath(place.in(text), text);
    return path === undefined ? [] : [{ path, coding }];
  });
  if (steps.length === 0) return undefined;
  return (record) =>
    steps.reduce((node, { path, coding }) => changed(node, path.segments, coding), record);
}

/** The same record with one place in it read otherwise; as it is where there is nothing to read. */
function changed(node: JsonNode, segments: Path['segments'], coding: Coding): JsonNode {
  const [first, ...rest] = segments;
  if (first === undefined) return coding === 'json' ? fromJson(node) : fromPairs(node);
  if (node.kind === 'object') {
    const at = node.members.findIndex(({ name }) => name === first);
    const member = node.members[at];
    if (member === undefined) return node;
    const value = changed(member.value, rest, coding);
    if (value === member.value) return node;
    return { kind: 'object', members: node.members.with(at, { ...member, value }) };
  }
  if (node.kind !== 'array' || typeof first !== 'number') return node;
  const at = first < 0 ? node.items.length + first : first;
  const item = node.items[at];
  return item === undefined
    ? node
    : { kind: 'array', items: node.items.with(at, changed(item, rest, coding)) };
}

/** What is no string, or holds no JSON, stays: whatever is looked for inside of it is missing there. */
function fromJson(node: JsonNode): JsonNode {
  if (node.kind !== 'string') return node;
  try {
    const inside = parseJsonText(node.value);
    // Some converters write a string that holds a string that holds JSON.
    return inside.kind === 'string' && /^\s*[{[]/.test(inside.value) ? fromJson(inside) : inside;
  } catch (error) {
    if (error instanceof JsonTextError) return node;
    throw error;
  }
}

/** Of a name that comes twice the last value counts, as Kafka's `lastHeader` has it. */
function fromPairs(node: JsonNode): JsonNode {
  if (node.kind !== 'array') return node;
  const members = new Map<string, JsonMember>();
  for (let at = 0; at + 1 < node.items.length; at += 2) {
    const [name, value] = [node.items[at], node.items[at + 1]];
    if (name?.kind !== 'string' || value === undefined) return node;
    members.set(name.value, { name: name.value, nameText: name.text, value });
  }
  return { kind: 'object', members: [...members.values()] };
}
