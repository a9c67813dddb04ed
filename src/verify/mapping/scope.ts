import type { JsonNode } from '../../kernel/json-text.ts';
import type { ConfigPlace } from './config-place.ts';
import { nodeAt, type Path, parsePath } from './path.ts';

/** What paths start at. */
export interface Scope {
  record: JsonNode;
  /** The element inside `each`, else the record. */
  element: JsonNode;
  /** Where the element stands, as `payload.entries[0]`; empty for the record. */
  elementPath: string;
}

/** @returns undefined where it is no path, which is told at its place */
export function compilePath(place: ConfigPlace, text: string): Path | undefined {
  const path = parsePath(text);
  if (!('fault' in path)) return path;
  place.refuse(path.fault);
  return undefined;
}

export function at(path: Path, { record, element }: Scope): JsonNode | undefined {
  return nodeAt(path.fromRecord ? record : element, path);
}

/** Where a path leads to, seen from the record. */
export function placeOf({ text, fromRecord }: Path, { elementPath }: Scope): string {
  if (fromRecord) return text.replace(/^\$\.?/, '') || 'the record';
  if (elementPath === '') return text;
  return text.startsWith('[') ? `${elementPath}${text}` : `${elementPath}.${text}`;
}
