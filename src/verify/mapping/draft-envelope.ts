import type { JsonNode } from '../../kernel/json-text.ts';
import type { EnvelopeConfig } from '../../model/verify-config.ts';
import { note, type SeenPath, type SeenPaths } from './sample.ts';

/** Where the parts of an envelope may stand, by the names they are given. */
const NAMES: readonly { part: 'type' | 'id' | 'time'; name: RegExp }[] = [
  { part: 'type', name: /^(?:event|message|record)?_?type$|^event$/i },
  { part: 'id', name: /^(?:event|message|entry|record)?_?id$|uuid$/i },
  { part: 'time', name: /^(?:time|timestamp)$|(?:_at|At)$/ },
];

/** Whether a record says of itself that it is a CloudEvent. */
export function isCloudEvent(record: JsonNode): boolean {
  return record.kind === 'object' && record.members.some(({ name }) => name === 'specversion');
}

/** An envelope these records may have; empty where nothing looks like a part of one. */
export function draftEnvelope(records: readonly JsonNode[]): EnvelopeConfig {
  const seen: SeenPaths = new Map();
  for (const record of records) note(seen, record);
  const whole = [...seen.values()].filter(
    ({ list, count }) => list === undefined && count === records.length,
  );
  const found = NAMES.flatMap(({ part, name }) => {
    const path = whole.find((one) => name.test(one.name) && fits(part, one));
    return path === undefined ? [] : [[part, path.path] as const];
  });
  return Object.fromEntries(found);
}

/** An id that comes again and again names no event. */
function fits(part: string, { values, count }: SeenPath): boolean {
  return part !== 'id' || values.size >= Math.min(count, 5);
}
