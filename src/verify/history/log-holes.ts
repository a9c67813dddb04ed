import type { LogCall, LogCalls } from './log-calls.ts';

/** Positions in a row that were seen, and that no append can have taken. */
export interface Hole {
  from: number;
  to: number;
  /** The first call to end that shows there is something at them, or behind them. */
  seenBy: LogCall;
}

/**
 * Positions that the history shows and no append was given: appends that timed out may have taken
 * them, each one, if they began before the first call ended that shows it. Both are gone through in
 * order of time: a hole further back may be filled by whatever fills one before it.
 */
export function unfilledPositions({ ended, open }: LogCalls): Hole[] {
  const holes: Hole[] = [];
  let filled = 0;
  for (const { from, to, seenBy } of gapsOf(ended)) {
    let next = from;
    for (let append = open[filled]; append !== undefined && next <= to; append = open[filled]) {
      if (append.calledAt > seenBy.operation.returnedAt) break;
      filled++;
      next++;
    }
    if (next <= to) holes.push({ from: next, to, seenBy });
  }
  return holes;
}

/** Positions that calls show and nobody was given, lowest first. */
function gapsOf(ended: readonly LogCall[]): Hole[] {
  const taken = new Set(
    ended.filter(({ kind }) => kind === 'append').map(({ position }) => position),
  );
  const gaps: Hole[] = [];
  let seenBy: LogCall | undefined;
  const farthestFirst = ended.toSorted((a, b) => reachOf(b) - reachOf(a));
  for (const [index, call] of farthestFirst.entries()) {
    if (seenBy === undefined || call.operation.returnedAt < seenBy.operation.returnedAt) {
      seenBy = call;
    }
    const next = farthestFirst[index + 1];
    if (next === undefined) break;
    // Of the positions between two reaches only the lowest can have been given: its append has the lower reach.
    const lowest = reachOf(next) + 1;
    const from = taken.has(lowest) ? lowest + 1 : lowest;
    if (from <= reachOf(call)) gaps.push({ from, to: reachOf(call), seenBy });
  }
  return gaps.toReversed();
}

/** The highest position that must be filled where this call took effect. */
function reachOf({ kind, position }: LogCall): number {
  return kind === 'append' ? position - 1 : position;
}
