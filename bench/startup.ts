/**
 * Whole-process times of the built program against a bare Node, taken in turn within one run.
 * Prints medians and the ratio of medians. Run `npm run build` first.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, timeOf } from './whole-process.ts';

const RUNS = Number(process.env['BENCH_RUNS'] ?? 15);
const ENTRY = join(import.meta.dirname, '../bin/fintech.js');
const folder = mkdtempSync(join(tmpdir(), 'fintech-bench-'));
writeFileSync(
  join(folder, 'fintech.yaml'),
  'name: bench\nidentity: { personas: { customer: { sub: usr_1, scopes: [a:read] } } }\n',
);

const commands: Record<string, string[]> = {
  'bare node': ['-e', '0'],
  'fintech --version': [ENTRY, '--version'],
  'fintech token mint': [ENTRY, 'token', 'mint', '--persona', 'customer'],
};

try {
  const times = new Map(Object.keys(commands).map((name): [string, number[]] => [name, []]));
  // The first round warms the disk cache and makes the keys; it is not counted.
  for (let round = 0; round <= RUNS; round++) {
    for (const [name, args] of Object.entries(commands)) {
      const ms = timeOf(args, folder);
      if (round > 0) times.get(name)?.push(ms);
    }
  }
  const bare = median(times.get('bare node') ?? []);
  console.log(`start-up, whole process, ${RUNS} rounds in turn, median ms and ratio to bare node`);
  for (const [name, all] of times) {
    const middle = median(all);
    console.log(
      `  ${name.padEnd(20)} ${middle.toFixed(0).padStart(5)} ms  ${(middle / bare).toFixed(2)} x`,
    );
  }
} finally {
  rmSync(folder, { recursive: true });
}
