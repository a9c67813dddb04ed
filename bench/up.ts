/**
 * From `fintech up --no-services --detach` to ready, and `fintech down`, whole processes, against a
 * bare Node in the same run. Prints medians and ratios. Run `npm run build` first.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, timeOf } from './whole-process.ts';

const RUNS = Number(process.env['BENCH_RUNS'] ?? 9);
const ENTRY = join(import.meta.dirname, '../bin/fintech.js');
const folder = mkdtempSync(join(tmpdir(), 'fintech-bench-'));
writeFileSync(join(folder, 'fintech.yaml'), 'name: bench\nsandbox: { driver: embedded }\n');

const bare: number[] = [];
const up: number[] = [];
const down: number[] = [];
const memoryMb: number[] = [];
try {
  for (let round = 0; round <= RUNS; round++) {
    const times = [
      timeOf(['-e', '0'], folder),
      timeOf([ENTRY, 'up', '--no-services', '--detach'], folder),
      residentMb(),
      timeOf([ENTRY, 'down'], folder),
    ] as const;
    if (round === 0) continue;
    bare.push(times[0]);
    up.push(times[1]);
    memoryMb.push(times[2]);
    down.push(times[3]);
  }
  console.log(
    `embedded sandbox, whole process, ${RUNS} rounds in turn, median and ratio to bare node`,
  );
  for (const [name, times] of Object.entries({ 'bare node': bare, 'up to ready': up, down })) {
    const ratio = (median(times) / median(bare)).toFixed(1);
    console.log(`  ${name.padEnd(12)} ${median(times).toFixed(0).padStart(5)} ms  ${ratio} x`);
  }
  console.log(`  memory when ready ${median(memoryMb).toFixed(0)} MB`);
} finally {
  spawnSync(process.execPath, [ENTRY, 'down'], { cwd: folder });
  rmSync(folder, { recursive: true });
}

/** Resident memory of the process that runs the sandbox (Linux; NaN elsewhere). */
function residentMb(): number {
  const { host } = JSON.parse(readFileSync(join(folder, '.fintech/state.json'), 'utf8')) as {
    host: { pid: number };
  };
  if (process.platform !== 'linux') return Number.NaN;
  const status = readFileSync(`/proc/${host.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}
