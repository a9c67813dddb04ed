import type { JsonNode } from '../../kernel/json-text.ts';

/** A place in a record: an RFC 9535 singular query, as `docs/sources.md` explains it. */
export interface Path {
  /** As written. */
  text: string;
  /** Written with `$.`: it starts at the record even inside `each`. */
  fromRecord: boolean;
  segments: readonly (string | number)[];
}

const SEGMENT =
  /\.([A-Za-z_\u{80}-\u{10ffff}][\w\u{80}-\u{10ffff}]*)|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]|\[(0|-?[1-9]\d{0,8})\]/uy;

/**
 * Reads a path such as `payload.entries[0].acc`, `metadata['$correlationId']`, `$.payload.ccy`, or
 * `$` for the record itself.
 * @returns the path, or what is wrong with it as the end of a sentence
 */
export function parsePath(text: string): Path | { fault: string } {
  const fromRecord = text.startsWith('$');
  let rest = fromRecord ? text.slice(1) : text;
  if (!fromRecord && !rest.startsWith('[')) rest = `.${rest}`;
  const segments: (string | number)[] = [];
  for (SEGMENT.lastIndex = 0; SEGMENT.lastIndex < rest.length;) {
    const at = SEGMENT.lastIndex;
    const found = SEGMENT.exec(rest);
    if (found === null) return { fault: faultAt(text, rest.slice(at)) };
    segments.push(segmentOf(found));
  }
  return { text, fromRecord, segments };
}

function segmentOf([, name, single, double, index]: RegExpExecArray): string | number {
  if (index !== undefined) return Number(index);
  return name ?? (single ?? double ?? '').replaceAll(/\\(.)/gs, '$1');
}

function faultAt(text: string, rest: string): string {
  const hint = /^\.?[^.[]*-/.test(rest) ? `; a name with - in it is written ['like-this']` : '';
  return `"${text}" is no path from ${JSON.stringify(rest)} on${hint}`;
}

/** What stands at a place; null and an empty string count as nothing. */
export function nodeAt(node: JsonNode, path: Path): JsonNode | undefined {
  const here = rawNodeAt(node, path);
  return here === undefined || isNothing(here) ? undefined : here;
}

/** What stands at a place, be it null. */
export function rawNodeAt(node: JsonNode, { segments }: Path): JsonNode | undefined {
  let here: JsonNode | undefined = node;
  for (const segment of segments) {
    if (here === undefined) return undefined;
    here = typeof segment === 'string' ? memberAt(here, segment) : itemAt(here, segment);
  }
  return here;
}

function memberAt(node: JsonNode, name: string): JsonNode | undefined {
  if (node.kind !== 'object') return undefined;
  for (const member of node.members) if (member.name === name) return member.value;
  return undefined;
}

function itemAt(node: JsonNode, index: number): JsonNode | undefined {
  return node.kind === 'array' ? node.items.at(index) : undefined;
}

function isNothing(node: JsonNode): boolean {
  if (node.kind === 'string') return node.value === '';
  return node.kind === 'literal' && node.text === 'null';
}

/** A string, or a number or boolean as written; undefined for a list or an object. */
export function scalarText(node: JsonNode): string | undefined {
  if (node.kind === 'string') return node.value;
  return node.kind === 'object' || node.kind === 'array' ? undefined : node.text;
}
