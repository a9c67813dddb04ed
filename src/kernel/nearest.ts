import { closest, distance } from 'fastest-levenshtein';

/** The known name a mistyped one most likely meant, or undefined when none is near. */
export function nearestName(typed: string, known: Iterable<string>): string | undefined {
  const names = [...known];
  if (names.length === 0) return undefined;
  const best = closest(typed, names);
  const tolerated = Math.max(2, Math.floor(Math.max(typed.length, best.length) * 0.4));
  return distance(typed, best) <= tolerated ? best : undefined;
}

/** ` Did you mean "x"?`, or the empty string. */
export function didYouMean(typed: string, known: Iterable<string>): string {
  const name = nearestName(typed, known);
  return name === undefined ? '' : ` Did you mean "${name}"?`;
}
