import type { Show } from '../../model/verify-report.ts';
import type { Check } from '../contract.ts';
import type { Reading } from '../source/source.ts';

/** What reports show of an event. */
interface ShownPaths {
  /** By check. */
  reads: ReadonlyMap<string, readonly string[]>;
  show: Show;
}

/** The paths each check reads: its own, and those a map leads it to. */
export function shownPaths(
  checks: readonly Check[],
  { readings, show }: { readings: readonly Reading[]; show: Show },
): ShownPaths {
  const shown = readings.map(({ shows }) => shows);
  const envelope = shown.flatMap((shows) => shows?.envelope ?? []);
  const reads = checks.map(({ id, reads, needs }): [string, readonly string[]] => {
    const mapped = readings.flatMap(({ vocabulary }) =>
      needs.flatMap((kind) => vocabulary.reads(kind)),
    );
    return [id, [...new Set([...reads, ...envelope, ...mapped])]];
  });
  const keys = shown.flatMap((shows) => shows?.keys ?? []);
  if (show !== 'keys' || keys.length === 0) return { reads: new Map(reads), show };
  // What identifies an event stands elsewhere in a mapped envelope.
  return { reads: new Map(checks.map(({ id }) => [id, keys])), show: 'fields' };
}
