import { parentPort } from 'node:worker_threads';
import {
  CLEAN_LOGS,
  MUTATIONS,
  type Outcome,
  tryMutation,
  verifySpecimen,
} from '../../src/verify/testing/mutations.ts';
import type { CheckRow, CleanRow } from './table.ts';

/** The corruptions of one check, or valid logs of one kind. */
export type Task = { seeds: number; events: number } & ({ check: string } | { clean: string });

parentPort?.on('message', (task: Task) => {
  const answer = 'check' in task ? corrupt(task) : verifyClean(task);
  answer.then(
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker's port has none
    (row) => parentPort?.postMessage(row),
    (error: unknown) => {
      // A listener's rejection ends no worker by itself.
      setImmediate(() => {
        throw error;
      });
    },
  );
});

async function corrupt({ check, seeds, events }: Task & { check: string }): Promise<CheckRow> {
  const mutations = MUTATIONS.filter((mutation) => mutation.check === check);
  const row: CheckRow = {
    kind: 'check',
    check,
    corruptions: 0,
    detected: 0,
    located: 0,
    unimplied: 0,
    failures: [],
  };
  for (let seed = 1; seed <= seeds; seed++) {
    const mutation = mutations[seed % mutations.length];
    if (mutation === undefined) break;
    count(
      row,
      `${mutation.name} (seed ${seed})`,
      await tryMutation(mutation, { seed: `${seed}`, events }),
    );
  }
  if (row.corruptions < seeds) row.failures.push(`${check} has no fault of its own`);
  return row;
}

function count(row: CheckRow, what: string, { detected, located, unimplied }: Outcome): void {
  row.corruptions++;
  if (detected) row.detected++;
  if (located) row.located++;
  if (unimplied.length > 0) row.unimplied++;
  const wrong = [
    ...(detected ? [] : ['not detected']),
    ...(detected && !located ? ['not located'] : []),
    ...unimplied.map((other) => `${other} fired`),
  ];
  if (wrong.length > 0) row.failures.push(`${row.check}: ${what}: ${wrong.join(', ')}`);
}

async function verifyClean({ clean, seeds, events }: Task & { clean: string }): Promise<CleanRow> {
  const row: CleanRow = { kind: 'clean', name: clean, logs: 0, findings: {}, failures: [] };
  for (let seed = 1; seed <= seeds; seed++) {
    const specimen = CLEAN_LOGS[clean]?.({ seed: `${seed}`, events });
    if (specimen === undefined) break;
    const { checks } = await verifySpecimen(specimen);
    row.logs++;
    for (const { id, found } of checks) {
      row.findings[id] = (row.findings[id] ?? 0) + found;
      if (found > 0) row.failures.push(`a valid log of ${clean} (seed ${seed}): ${id} fired`);
    }
  }
  return row;
}
