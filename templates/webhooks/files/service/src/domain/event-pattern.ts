const SEGMENT = '(?:\\*|[A-Za-z0-9_-]+)';

/** A type that may be asked for: segments between full stops, `*` for any one of them. */
export const EVENT_PATTERN: string = `^${SEGMENT}(?:\\.${SEGMENT}){0,5}$`;

const MOST_SEGMENTS = 6;

/**
 * The type as receivers know it: `acme.payments.captured.v1` of the workspace `acme` is
 * `payments.captured`.
 */
export function publicType(type: string, workspace: string): string {
  const prefix = `${workspace}.`;
  const rest = type.startsWith(prefix) ? type.slice(prefix.length) : type;
  return rest.replace(/\.v\d+$/, '');
}

/** Every pattern that a type matches: each segment as it is, or `*`. */
export function patternsOf(type: string): string[] {
  const segments = type.split('.');
  if (segments.length > MOST_SEGMENTS) return [];
  const [first = '', ...rest] = segments;
  return rest.reduce<string[]>(
    (patterns, segment) => patterns.flatMap((one) => [`${one}.${segment}`, `${one}.*`]),
    [first, '*'],
  );
}
