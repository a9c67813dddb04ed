/** What of a list is left, and whether it is known that nothing more can go. */
export interface Minimal<T> {
  items: readonly T[];
  isMinimal: boolean;
}

export interface MinimiseOptions<T> {
  /** Whether what is asked of the whole list still holds for this part of it. */
  stillFails: (items: readonly T[]) => boolean;
  /** Items that may be tried in all; each try counts those it was made with. */
  budget: number;
}

/**
 * A smallest part of a list that still fails: no single item can be left out (delta debugging,
 * Zeller and Hildebrandt 2002, by complements). The order is kept. Past the budget, the smallest
 * part that was found by then.
 */
export function minimise<T>(
  whole: readonly T[],
  { stillFails, budget }: MinimiseOptions<T>,
): Minimal<T> {
  let items = whole;
  let left = budget;
  const fails = (part: readonly T[]): boolean => {
    left -= part.length;
    return left >= 0 && part.length > 0 && stillFails(part);
  };
  for (let size = Math.ceil(items.length / 2); size >= 1;) {
    const smaller = withoutRuns(items, size, fails);
    if (left < 0) return { items: smaller, isMinimal: false };
    // One by one until none can go: without a later one, an earlier one may.
    if (size > 1) size = Math.ceil(size / 2);
    else if (smaller.length === items.length) size = 0;
    items = smaller;
  }
  return { items, isMinimal: true };
}

/** The list without every run of this many items that it fails without, the last ones tried first. */
function withoutRuns<T>(
  items: readonly T[],
  size: number,
  fails: (part: readonly T[]) => boolean,
): readonly T[] {
  let kept = items;
  for (let end = items.length; end > 0; end -= size) {
    const part = [...kept.slice(0, Math.max(0, end - size)), ...kept.slice(end)];
    if (fails(part)) kept = part;
  }
  return kept;
}
