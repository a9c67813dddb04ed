import type { Show } from '../../model/verify-report.ts';

const KEYS = ['id', 'subject', 'globalposition'];
const ALWAYS = ['id', 'type', 'subject', 'streamrevision', 'globalposition'];

/**
 * The part of an event a report may print. Customer data that no check read stays out of CI logs.
 * @param reads paths such as `source`, `data.amount`, `data.postings.amount` (of each posting); a `.`
 *   in a name is written `\\.`
 */
export function shownPart(event: unknown, reads: readonly string[], show: Show): unknown {
  if (show === 'full') return event;
  const paths = show === 'keys' ? KEYS : [...ALWAYS, ...reads];
  return pick(
    event,
    paths.map((path) => path.split(/(?<!\\)\./).map((name) => name.replaceAll('\\.', '.'))),
  );
}

/** What of a value lies on one of the paths, in its own order; lists are looked through. */
function pick(value: unknown, paths: readonly (readonly string[])[]): unknown {
  if (paths.some((path) => path.length === 0)) return value;
  if (Array.isArray(value)) return value.map((item) => pick(item, paths));
  if (!isObject(value)) return undefined;
  const shown = Object.entries(value).flatMap(([name, member]): [string, unknown][] => {
    const inside = paths.filter(([first]) => first === name).map(([, ...rest]) => rest);
    return inside.length === 0 ? [] : [[name, pick(member, inside)]];
  });
  return Object.fromEntries(shown);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
