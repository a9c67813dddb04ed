import type { EventRef } from '../facts.ts';
import type { Link } from './balance-chain.ts';

export interface Entry {
  at: EventRef;
  amount: bigint;
  after: bigint | undefined;
}

/** Movements of one instant, in the order of the log. */
export interface Instant {
  when: string | undefined;
  whenMs: number | undefined;
  entries: Entry[];
}

/** What stood before an instant and after it. */
export interface Span {
  whenMs: number | undefined;
  start: bigint;
  end: bigint;
  last: EventRef;
}

/** What is known of an account before an instant. */
interface Before {
  /** The instant before; undefined: there is none, or it is not known to be the last. */
  before: Span | undefined;
  /** What stood there without one; undefined: what the instant states is taken as given. */
  opening: bigint | undefined;
}

/** What may stand before an instant: where time goes back, the log may have the newest first. */
export function startsOf({ before, opening }: Before, instant: Instant): (bigint | undefined)[] {
  if (before === undefined) return [opening];
  const isBack =
    before.whenMs !== undefined && instant.whenMs !== undefined && instant.whenMs < before.whenMs;
  return isBack ? [before.end, before.start - sumOf(instant.entries)] : [before.end];
}

/** Where a chain begins that was taken as given: at the balance that is left once more than reached. */
export function startOf(links: readonly Link[]): bigint {
  const counts = new Map<bigint, number>();
  for (const { before, after } of links) {
    counts.set(before, (counts.get(before) ?? 0) + 1);
    counts.set(after, (counts.get(after) ?? 0) - 1);
  }
  const [first] = [...counts].find(([, count]) => count === 1) ?? [];
  return first ?? links[0]?.before ?? 0n;
}

export function followsInOrder(entries: readonly Entry[], start: bigint): boolean {
  let balance = start;
  return entries.every(({ amount, after }) => {
    balance += amount;
    return after === undefined || after === balance;
  });
}

export function sumOf(entries: readonly Entry[]): bigint {
  return entries.reduce((sum, { amount }) => sum + amount, 0n);
}
