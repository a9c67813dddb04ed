import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { CHECKS } from '../../src/verify/checks/catalogue.ts';
import { CLEAN_LOGS } from '../../src/verify/testing/mutations.ts';
import { cleanLine, type Row, table } from './table.ts';
import type { Task } from './worker.ts';

/**
 * Whether every check finds every fault of its own, names its place, and lets the others be: for each
 * check so many seeded corruptions of valid logs, spread over the kinds of faults it has, and as many
 * valid logs of each kind. Ends with 1 unless all of it is so.
 *
 *     node test/mutation/run.ts [seeds, 200] [events of a log, 10000]
 */
const [seeds = 200, events = 10_000] = process.argv.slice(2).map(Number);

const tasks: readonly Task[] = [
  ...Object.keys(CLEAN_LOGS).map((clean): Task => ({ clean, seeds, events })),
  ...CHECKS.map(({ id }): Task => ({ check: id, seeds, events })),
];
const waiting = [...tasks];
const results = new Map<Task, Row>();
const startMs = performance.now();

await Promise.all(Array.from({ length: availableParallelism() }, work));

const rows = tasks.flatMap((task) => results.get(task) ?? []);
const clean = rows.filter((row) => row.kind === 'clean');
const failures = rows.flatMap((row) => row.failures);
const minutes = ((performance.now() - startMs) / 60_000).toFixed(1);
process.stdout.write(
  [
    table(
      rows.filter((row) => row.kind === 'check'),
      clean,
    ),
    ...clean.map(cleanLine),
    `logs of ${events} events, in ${minutes} min\n`,
    ...failures.map((failure) => `FAILED ${failure}\n`),
  ].join(''),
);
process.exitCode = failures.length === 0 ? 0 : 1;

/** One worker takes tasks until none is left. */
async function work(): Promise<void> {
  const worker = new Worker(new URL('worker.ts', import.meta.url));
  for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
    results.set(task, await answerOf(worker, task));
    const what = 'check' in task ? task.check : task.clean;
    process.stderr.write(`${results.size} of ${tasks.length}: ${what}\n`);
  }
  await worker.terminate();
}

function answerOf(worker: Worker, task: Task): Promise<Row> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (row: Row) => {
      worker.off('error', reject);
      resolve(row);
    });
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has none
    worker.postMessage(task);
  });
}
