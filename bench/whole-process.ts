import { spawnSync } from 'node:child_process';

/** Milliseconds one run of this Node takes from start to exit. @throws when it fails */
export function timeOf(args: readonly string[], cwd: string): number {
  const startedMs = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { cwd });
  if (status !== 0) throw new Error(`${args.join(' ')}: ${String(stderr)}`);
  return performance.now() - startedMs;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
