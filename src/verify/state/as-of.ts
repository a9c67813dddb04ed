import { parseRfc3339Ms } from '../../kernel/time.ts';
import type { EventFact } from '../facts.ts';

/** Up to where a log is folded: all of it, to a position, or to a time; that one included. */
export type AsOf =
  | { to: 'end' }
  | { to: 'position'; position: bigint }
  | { to: 'time'; timeMs: number };

/** Undefined where the event does not say when it was. */
export function isWithin({ at, recordedTime, time }: EventFact, asOf: AsOf): boolean | undefined {
  if (asOf.to === 'end') return true;
  if (asOf.to === 'position') {
    // Where the log has no positions, its lines are counted.
    return (
      (at.position.startsWith('line:') ? BigInt(at.line) : BigInt(at.position)) <= asOf.position
    );
  }
  const ms = parseRfc3339Ms(recordedTime ?? time ?? '');
  return ms === undefined ? undefined : ms <= asOf.timeMs;
}
