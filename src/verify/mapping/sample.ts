import type { JsonNode } from '../../kernel/json-text.ts';
import { linesOf, withoutMark } from '../reading/lines-of.ts';
import { readLine } from '../reading/read-line.ts';
import type { Source } from '../source/source.ts';

/** Records a draft is made from. */
export const SAMPLED_RECORDS = 10_000;
/** Paths and values of one type that are remembered. */
const MAX_PATHS = 300;
const MAX_VALUES = 20;
const MAX_DEPTH = 6;

/** What was seen at one path. */
export interface SeenPath {
  /** From the record, or from the element where it stands in a list. */
  path: string;
  /** The list it stands in. */
  list: string | undefined;
  name: string;
  count: number;
  /** Some of its values. */
  values: Set<string>;
  /** Whether each is a number, or text that is one. */
  isNumber: boolean;
  hasPoint: boolean;
}

export type SeenPaths = Map<string, SeenPath>;

/** The first records of a log that can be read. */
export async function sampled(source: Source): Promise<JsonNode[]> {
  const records: JsonNode[] = [];
  for (const part of source.parts) {
    for await (const lines of linesOf(part)) {
      for (const line of lines) {
        const reading = readLine((withoutMark(line) ?? line).bytes);
        if (reading.ok) records.push(reading.node);
        if (records.length >= SAMPLED_RECORDS) return records;
      }
    }
  }
  return records;
}

/** Notes every path of a record that leads to a text, number or boolean. */
export function note(seen: SeenPaths, record: JsonNode): void {
  walk(record, { path: '', list: undefined, name: '', depth: 0 });

  function walk(node: JsonNode, at: At): void {
    if (at.depth > MAX_DEPTH) return;
    if (node.kind === 'object') {
      for (const { name, value } of node.members) {
        walk(value, { ...at, path: joined(at.path, name), name, depth: at.depth + 1 });
      }
    } else if (node.kind === 'array') {
      // A list in a list has no path of its own.
      if (at.list !== undefined) return;
      for (const item of node.items) {
        walk(item, { path: '', list: at.path, name: at.name, depth: at.depth + 1 });
      }
    } else if (node.text !== 'null') {
      noteValue(seen, { node, at });
    }
  }
}

interface At {
  path: string;
  list: string | undefined;
  name: string;
  depth: number;
}

function joined(path: string, name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    return `${path}['${name.replaceAll(/['\\]/g, String.raw`\$&`)}']`;
  }
  return path === '' ? name : `${path}.${name}`;
}

const NUMBER = /^[+-]?\d+(?:\.\d+)?$/;

function noteValue(
  seen: SeenPaths,
  {
    node,
    at: { path, list, name },
  }: { node: { kind: string; text: string; value?: string }; at: At },
): void {
  const key = `${list ?? ''}\n${path}`;
  const known = seen.get(key);
  if (known === undefined && seen.size >= MAX_PATHS) return;
  const text = node.value ?? node.text;
  const one = known ?? {
    path,
    list,
    name,
    count: 0,
    values: new Set<string>(),
    isNumber: true,
    hasPoint: false,
  };
  one.count++;
  one.isNumber &&= NUMBER.test(text);
  one.hasPoint ||= text.includes('.');
  if (one.values.size < MAX_VALUES) one.values.add(text);
  seen.set(key, one);
}
