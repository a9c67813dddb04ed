import type { EventRef } from '../facts.ts';
import { placeOf } from '../naming.ts';
import { differences, isObject, valueText, wholeNumber } from './same-value.ts';

/** A value that a key took, and the events that gave it. */
export interface Change {
  refs: readonly EventRef[];
  value: unknown;
}

/** How a live value may have left the history of its key. */
export interface Divergence {
  at: Change;
  how: 'stands still' | 'left out' | 'counted twice';
}

/**
 * The first position a live value differs from: the event after the last one it agrees with; else
 * each event that it may lack, or have twice.
 */
export function divergencesOf(history: readonly Change[], live: unknown): Divergence[] {
  const agreed = history.findLastIndex(({ value }) => isSame(value, live));
  const next = history[agreed + 1];
  if (next !== undefined && (agreed !== -1 || live === undefined)) {
    return [{ at: next, how: 'stands still' }];
  }
  const off = minus(live, history.at(-1)?.value);
  if (off.size === 0) return [];
  return history.flatMap((at, index): Divergence[] => {
    const step = minus(at.value, history[index - 1]?.value);
    if (isSum(off, step, -1n)) return [{ at, how: 'left out' }];
    return isSum(off, step, 1n) ? [{ at, how: 'counted twice' }] : [];
  });
}

/** A clause for a finding; of several that fit as well, all are named. */
export function howText(divergences: readonly Divergence[]): string {
  const places = divergences.map(({ at }) => placeIn(at));
  const one = `${places.length > 1 ? 'one of ' : ''}${places.join(', ')}`;
  switch (divergences[0]?.how) {
    case 'left out':
      return `as if ${one} were left out`;
    case 'counted twice':
      return `as if ${one} were counted twice`;
    default:
      return `it does not show ${one}`;
  }
}

/** By how much each whole number of a value, by the name of its member, differs from another's. */
function minus(value: unknown, folded: unknown): Map<string, bigint> {
  const [own, other] = [membersOf(value), membersOf(folded)];
  const names = new Set([...Object.keys(other), ...Object.keys(own)]);
  return new Map(
    [...names].flatMap((name): [string, bigint][] => {
      // Digits are only an amount where the fold means one.
      const isAmount = typeof (other[name] ?? own[name]) !== 'string';
      const number = isAmount ? wholeNumber(own[name] ?? 0n) : undefined;
      const difference = (number ?? 0n) - (wholeNumber(other[name]) ?? 0n);
      return number === undefined || difference === 0n ? [] : [[name, difference]];
    }),
  );
}

function membersOf(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : { value };
}

function isSum(
  off: ReadonlyMap<string, bigint>,
  step: ReadonlyMap<string, bigint>,
  sign: bigint,
): boolean {
  if (off.size !== step.size) return false;
  return [...step].every(([name, amount]) => off.get(name) === sign * amount);
}

function isSame(folded: unknown, live: unknown): boolean {
  return valueText(folded) === valueText(live) || differences(folded, live).length === 0;
}

function placeIn({ refs }: Change): string {
  const at = refs.at(-1);
  return at === undefined ? 'an event' : placeOf(at);
}
