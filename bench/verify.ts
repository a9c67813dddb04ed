/**
 * How fast `fintech verify` reads a ledger's log beside `JSON.parse` of the same lines, DuckDB and jq,
 * in one run on one machine: `npm run build && node bench/verify.ts`. Medians of interleaved rounds;
 * `fintech` and jq from the start of their processes, the others by their own clocks. Verifies the
 * money and log checks without log/schema and log/checkpoint. `BENCH_LARGE=0` leaves out the log of
 * 10,000,000 events (4.3 GB in the temporary folder).
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeLedgerLog } from './ledger-log.ts';

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5);
const LARGE_BYTES = 4_600_000_000;
const FINTECH = join(import.meta.dirname, '../bin/fintech.js');
const SUBSET = ['--only', 'ledger/*,money/*,log/*', '--skip', 'log/schema,log/checkpoint'];
const UNBALANCED = `select(.data.postings) | .data.postings
  | map(if .direction == "debit" then .amount else -.amount end) | add | select(. != 0)`;

const folder = mkdtempSync(join(tmpdir(), 'bench-verify-'));
const logOf = (events: number): string => {
  const path = join(folder, `${events}.ndjson`);
  writeLedgerLog(path, events);
  return path;
};

function timed(command: string, args: readonly string[]): number {
  const startMs = performance.now();
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: exit ${status}\n${stderr}`);
  return performance.now() - startMs;
}

function ownTime(script: string, args: readonly string[]): number {
  const path = join(import.meta.dirname, script);
  const { status, stdout, stderr } = spawnSync(process.execPath, [path, ...args], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${script}: exit ${status}\n${stderr}`);
  return Number(stdout);
}

const verify = (path: string, ...more: string[]): number =>
  timed(process.execPath, [FINTECH, 'verify', path, ...SUBSET, ...more]);

/** Peak resident memory in MiB, as the kernel counts it. */
async function peakMib(path: string): Promise<{ mib: number; seconds: number }> {
  const startMs = performance.now();
  const child = spawn(process.execPath, [FINTECH, 'verify', path, ...SUBSET], { stdio: 'ignore' });
  const ended = new Promise<number | null>((resolve) => void child.on('exit', resolve));
  let kib = 0;
  const look = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      kib = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? kib);
    } catch {
      // It has ended.
    }
  }, 50);
  const code = await ended;
  clearInterval(look);
  if (code !== 0) throw new Error(`fintech verify: exit ${code}`);
  return { mib: kib / 1024, seconds: (performance.now() - startMs) / 1000 };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

try {
  const million = logOf(1_000_000);
  const hasJq = spawnSync('jq', ['--version']).status === 0;
  const measures: Record<string, () => number> = {
    'fintech verify': () => verify(million),
    'fintech verify --workers 1': () => verify(million, '--workers', '1'),
    'JSON.parse, one thread': () => ownTime('parse-lines.ts', [million, '1']),
    'JSON.parse, two threads': () => ownTime('parse-lines.ts', [million, '2']),
    'DuckDB, five queries': () => ownTime('duckdb-checks.ts', [million]),
  };
  const times = new Map(Object.keys(measures).map((name) => [name, [] as number[]]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, measure] of Object.entries(measures)) times.get(name)?.push(measure());
  }
  if (hasJq) times.set('jq, balance alone (once)', [timed('jq', ['-c', UNBALANCED, million])]);
  else console.log('jq is not installed: skipped');

  const own = median(times.get('fintech verify') ?? []);
  console.log('1,000,000 events                   ms       fintech verify takes of it');
  for (const [name, measured] of times) {
    const ms = median(measured);
    console.log(`${name.padEnd(30)} ${ms.toFixed(0).padStart(6)}       ${(own / ms).toFixed(2)} x`);
  }
  console.log('targets: 0.40 x JSON.parse on one thread, 0.60 x DuckDB');
  rmSync(million);

  const small = logOf(10_000);
  const smallMs = median(Array.from({ length: ROUNDS }, () => verify(small)));
  console.log(`10,000 events, start to finish: ${smallMs.toFixed(0)} ms (target: 500)`);

  const { bavail, bsize } = statfsSync(folder);
  if (process.env['BENCH_LARGE'] === '0' || bavail * bsize < LARGE_BYTES) {
    console.log('10,000,000 events: skipped, by BENCH_LARGE=0 or for lack of space');
  } else {
    const { mib, seconds } = await peakMib(logOf(10_000_000));
    console.log(
      `10,000,000 events: ${mib.toFixed(0)} MiB at most (target: 512), ${seconds.toFixed(1)} s`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
