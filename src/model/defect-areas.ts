/** The areas of the catalogue, by the first letter of their rows. */
const DEFECT_AREAS: Readonly<Record<string, string>> = {
  S: 'structure and signature',
  C: 'claims',
  D: 'DPoP proofs',
  M: 'client certificates',
  T: 'transport',
};

/** Entries by area, in the order they come. */
export function byArea<T extends { class: string }>(
  entries: readonly T[],
): { letter: string; title: string; entries: T[] }[] {
  return [...Map.groupBy(entries, (entry) => entry.class.slice(0, 1))].map(([letter, all]) => ({
    letter,
    title: DEFECT_AREAS[letter] ?? letter,
    entries: all,
  }));
}
