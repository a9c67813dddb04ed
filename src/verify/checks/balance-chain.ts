/** One movement as an edge between the balances before and after it. */
export interface Link {
  before: bigint;
  after: bigint;
}

/**
 * Which of these movements do not follow from `start` or from one another, in any order: those whose
 * balance before is nobody's balance after, or that only circle among themselves. An order in which
 * each follows is a path over every edge of a graph of balances, which exists when each balance is
 * left no more often than it is reached, and all hang together.
 * @param start what stood before; undefined: the one balance that nothing leads to is taken as given
 * @returns their places in `links`; none where an order exists
 */
export function looseLinks(links: readonly Link[], start: bigint | undefined): number[] {
  if (isInOrder(links, start)) return [];
  const loose = unreached(links, start);
  if (start === undefined) {
    const [first, ...others] = loose;
    if (others.length > 0) return others;
    return strandedFrom(links, links[first ?? 0]?.before);
  }
  return loose.length > 0 ? loose : strandedFrom(links, start);
}

/** Most often they stand in an order that fits. */
function isInOrder(links: readonly Link[], start: bigint | undefined): boolean {
  let balance = start ?? links[0]?.before;
  return links.every(({ before, after }) => {
    const fits = before === balance;
    balance = after;
    return fits;
  });
}

/** Each balance after, and the start, can be the balance before of one movement. */
function unreached(links: readonly Link[], start: bigint | undefined): number[] {
  const free = new Map<bigint, number>();
  const add = (balance: bigint) => free.set(balance, (free.get(balance) ?? 0) + 1);
  if (start !== undefined) add(start);
  for (const { after } of links) add(after);
  const loose: number[] = [];
  for (const [index, { before }] of links.entries()) {
    const left = free.get(before) ?? 0;
    if (left === 0) loose.push(index);
    else free.set(before, left - 1);
  }
  return loose;
}

/** Movements that no path from the start touches. */
function strandedFrom(links: readonly Link[], start: bigint | undefined): number[] {
  const parents = new Map<bigint, bigint>();
  const rootOf = (balance: bigint): bigint => {
    const path: bigint[] = [];
    let root = balance;
    for (let next = parents.get(root); next !== undefined; next = parents.get(root)) {
      path.push(root);
      root = next;
    }
    // Shorter next time.
    for (const passed of path) parents.set(passed, root);
    return root;
  };
  for (const { before, after } of links) {
    const [one, other] = [rootOf(before), rootOf(after)];
    if (one !== other) parents.set(one, other);
  }
  const home = start === undefined ? undefined : rootOf(start);
  return links.flatMap(({ before }, index) => (rootOf(before) === home ? [] : [index]));
}
