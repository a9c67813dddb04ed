import type { UnitStatus } from '../driver.ts';
import { readDriverRecord } from '../driver-record.ts';
import { isLocked } from './lock-in-time.ts';

/**
 * Adds what was started and has no container, in its place: made soon while a start is going on,
 * else removed by someone, or never made because that start was killed.
 */
export function withMissing(seen: readonly UnitStatus[], stateFolder: string): UnitStatus[] {
  const noted = readDriverRecord(stateFolder).docker?.units ?? [];
  const found = new Map(seen.map((status) => [status.name, status]));
  const isStopped = seen.length === 0;
  if (isStopped || noted.every(({ name }) => found.has(name))) return [...seen];
  const names = new Set(noted.map(({ name }) => name));
  const missing: Pick<UnitStatus, 'state' | 'why'> = isLocked({ stateFolder })
    ? { state: 'starting' }
    : { state: 'stopped', why: 'it has no container' };
  return [
    ...noted.map((unit) => found.get(unit.name) ?? { ...unit, ...missing }),
    ...seen.filter(({ name }) => !names.has(name)),
  ];
}
