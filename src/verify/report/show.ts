import type { Show } from '../../model/verify-report.ts';

const KEYS = ['id', 'subject', 'globalposition'];
const ALWAYS = ['id', 'type', 'subject', 'streamrevision', 'globalposition'];

/**
 * The part of an event a report may print. Customer data that no check read stays out of CI logs.
 * @param reads paths such as `source`, `data`, `data.postings`
 */
export function shownPart(event: unknown, reads: readonly string[], show: Show): unknown {
  if (show === 'full' || !isObject(event)) return event;
  if (show === 'keys') return pick(event, new Set(KEYS));
  const read = new Set([...ALWAYS, ...reads]);
  const data = event['data'];
  const inside = reads.filter((path) => path.startsWith('data.')).map((path) => path.slice(5));
  const shown = pick(event, read);
  if (read.has('data') || inside.length === 0 || !isObject(data)) return shown;
  return { ...shown, data: pick(data, new Set(inside)) };
}

function pick(from: Record<string, unknown>, names: ReadonlySet<string>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(from).filter(([name]) => names.has(name)));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
