import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';

export const ROOT: string = join(import.meta.dirname, '../..');
export const ENTRY: string = join(ROOT, 'bin/fintech.js');

export interface Ended {
  stdout: string;
  stderr: string;
  exitCode: number | undefined;
}

export interface Envelope<Data> {
  schemaVersion: 1;
  command: string;
  ok: boolean;
  data: Data;
  warnings: string[];
  error: null | {
    code: string;
    message: string;
    hint: string | null;
    details: Record<string, unknown>;
  };
}

interface RunOptions {
  cwd: string;
  input?: string;
  env?: Record<string, string>;
}

/** Runs the built program as a user's shell would: no terminal, none of this shell's FINTECH_ variables. */
export async function fintech(
  args: readonly string[],
  { cwd, input, env }: RunOptions,
): Promise<Ended> {
  const { stdout, stderr, exitCode } = await execa(process.execPath, [ENTRY, ...args], {
    cwd,
    env: { ...cleanEnvironment(), ...env },
    extendEnv: false,
    reject: false,
    stripFinalNewline: false,
    timeout: 100_000,
    maxBuffer: 1e9,
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
  });
  return { stdout, stderr, exitCode };
}

/** Runs it with `--json` and reads the one object it prints. */
export async function fintechJson<Data>(
  args: readonly string[],
  options: RunOptions,
): Promise<Envelope<Data> & { exitCode: number | undefined }> {
  const { stdout, exitCode } = await fintech([...args, '--json'], options);
  return { ...(JSON.parse(stdout) as Envelope<Data>), exitCode };
}

/**
 * What a shell of a new user holds: CI is left out, since it changes how `up` fails. The driver is
 * embedded, whatever this machine has, unless a test says otherwise.
 */
export function cleanEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && !/^(?:FINTECH_|CONSUL_|npm_|VITEST|NODE_|CI$|TEST$)/.test(entry[0]),
  );
  return { ...Object.fromEntries(kept), FINTECH_DRIVER: 'embedded' };
}

/** A temporary folder that is gone after the test. */
export function temporaryFolder(): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'fintech-cli-'));
  return {
    path,
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** Writes a file, folders included. */
export function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** A workspace made by `init`, its packages linked from ours instead of installed. */
export async function bankWorkspace(
  services: string = 'ledger',
): Promise<{ root: string } & AsyncDisposable> {
  const folder = temporaryFolder();
  const root = join(folder.path, 'bank');
  const made = await fintech(['init', 'bank', '--services', services, '--yes'], {
    cwd: folder.path,
  });
  if (made.exitCode !== 0) throw new Error(`init failed: ${made.stderr}`);
  linkOurPackages(root);
  return {
    root,
    [Symbol.asyncDispose]: async () => {
      await fintech(['down'], { cwd: root });
      folder[Symbol.dispose]();
    },
  };
}

export function linkOurPackages(root: string): void {
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'), 'dir');
}

/** Packs the program as it would be published. @returns the tarball's path */
export async function pack(into: string): Promise<string> {
  const { stdout } = await execa(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', into],
    {
      cwd: ROOT,
    },
  );
  const packed = JSON.parse(stdout) as
    | { filename: string }[]
    | Record<string, { filename: string }>;
  const [first] = Object.values(packed);
  if (first === undefined) throw new Error(`npm pack said: ${stdout}`);
  return join(into, first.filename);
}
