/** Beyond this many lines a file is told as replaced: comparing takes the product of both. */
const MAX_LINES = 2000;

/** The lines that come (`+ `) and go (`- `) between two texts, in order; what stays is left out. */
export function lineChanges(before: string, after: string): string[] {
  const [old, now] = [linesOf(before), linesOf(after)];
  if (old.length > MAX_LINES || now.length > MAX_LINES) return [];
  const common = commonLengths(old, now);
  const changes: string[] = [];
  let [from, to] = [0, 0];
  while (from < old.length || to < now.length) {
    if (from < old.length && to < now.length && old[from] === now[to]) {
      from += 1;
      to += 1;
    } else if (from < old.length && at(common, from + 1, to) >= at(common, from, to + 1)) {
      changes.push(`- ${old[from]}`);
      from += 1;
    } else {
      changes.push(`+ ${now[to]}`);
      to += 1;
    }
  }
  return changes;
}

function linesOf(text: string): string[] {
  if (text === '') return [];
  return text.split('\n').slice(0, text.endsWith('\n') ? -1 : undefined);
}

/** How many lines the rests of both have in common, by where the rests begin. */
function commonLengths(old: readonly string[], now: readonly string[]): number[][] {
  const lengths = Array.from({ length: old.length + 1 }, () =>
    Array.from({ length: now.length + 1 }, () => 0),
  );
  for (let from = old.length - 1; from >= 0; from--) {
    const row = lengths[from] ?? [];
    for (let to = now.length - 1; to >= 0; to--) {
      row[to] =
        old[from] === now[to]
          ? at(lengths, from + 1, to + 1) + 1
          : Math.max(at(lengths, from + 1, to), at(lengths, from, to + 1));
    }
  }
  return lengths;
}

/** Past an end nothing is common: what is left on the other side is told whole. */
function at(lengths: readonly (readonly number[])[], from: number, to: number): number {
  return lengths[from]?.[to] ?? -1;
}
