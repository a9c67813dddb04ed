import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { ScaffoldData } from '../../src/app/scaffold-plan.ts';
import { seededRandom, systemRandom } from '../../src/kernel/random.ts';
import { cleanEnvironment, ENTRY, fintechJson, temporaryFolder } from './program.ts';

const KILLS = 4;
/** From start to end it takes about so long on a small machine. */
const WHOLE_MS = 500;
/** What it takes to write. */
const WRITING_MS = 40;
const EXITS: Readonly<Record<string, number>> = { SIGINT: 130, SIGTERM: 143 };

const seed = process.env['FINTECH_TEST_SEED'] ?? systemRandom.uuid();

/** Runs init, and kills it at a random moment: anywhere, or every other time while it writes. */
async function killed(
  cwd: string,
  target: string,
  { signal, moment, isLate }: { signal: NodeJS.Signals; moment: number; isLate: boolean },
): Promise<number | null> {
  const args = [ENTRY, 'init', target, '--name', 'bank', '--services', 'ledger,service', '--yes'];
  const child = spawn(process.execPath, args, { cwd, env: cleanEnvironment(), stdio: 'ignore' });
  const ended = once(child, 'exit');
  if (isLate) await writing(child, cwd);
  await setTimeout(moment * (isLate ? WRITING_MS : WHOLE_MS));
  child.kill(signal);
  const [code] = (await ended) as [number | null];
  return code;
}

/** Until it writes something, or ends. */
async function writing(child: ChildProcess, cwd: string): Promise<void> {
  while (isRunning(child) && readdirSync(cwd).length === 0) await setImmediate();
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

/** Runs init to its end. @returns whether there was nothing left to do */
async function complete(cwd: string, target: string): Promise<boolean> {
  const args = ['init', target, '--name', 'bank', '--services', 'ledger,service', '--yes'];
  const { data, exitCode } = await fintechJson<ScaffoldData>(args, { cwd });
  expect(exitCode).toBe(0);
  return data.files.every(({ action }) => action === 'unchanged');
}

/** What a kill left, as the next run found it. */
type Left = 'nothing' | 'all' | 'what was moved in' | 'a stage beside';

function leftBy(names: readonly string[], wasComplete: boolean): Left {
  if (wasComplete) return 'all';
  if (names.length === 0) return 'nothing';
  const isStage = names.every((name) => /^\.bank\.fintech-new-\d+-\w{6}$/.test(name));
  return isStage ? 'a stage beside' : 'what was moved in';
}

interface Case {
  signal: NodeJS.Signals;
  /** Whether the root is there already, and empty. */
  isThere: boolean;
  may: Left[];
}

it.each<Case>([
  { signal: 'SIGINT', isThere: false, may: ['nothing', 'all'] },
  { signal: 'SIGINT', isThere: true, may: ['nothing', 'all'] },
  { signal: 'SIGTERM', isThere: false, may: ['nothing', 'all'] },
  { signal: 'SIGTERM', isThere: true, may: ['nothing', 'all'] },
  { signal: 'SIGKILL', isThere: false, may: ['nothing', 'all', 'a stage beside'] },
  { signal: 'SIGKILL', isThere: true, may: ['nothing', 'all', 'what was moved in'] },
])(
  `init that is ended by $signal at random moments, its folder there: $isThere, runs again (FINTECH_TEST_SEED=${seed})`,
  async ({ signal, isThere, may }) => {
    const random = seededRandom(`${seed}:${signal}:${isThere}`);
    for (let round = 0; round < KILLS; round++) {
      using folder = temporaryFolder();
      const target = isThere ? '.' : 'bank';
      const moment = random.fraction();
      const code = await killed(folder.path, target, { signal, moment, isLate: round % 2 === 1 });
      const names = readdirSync(folder.path);
      const left = leftBy(names, await complete(folder.path, target));
      expect(left, `round ${round}, exit code ${code}`).toBeOneOf(code === 0 ? ['all'] : may);
      expect(code).toBeOneOf([0, null, EXITS[signal]]);
      const after = readdirSync(folder.path, { recursive: true }).map(String);
      expect(after.filter((name) => name.includes('fintech-new'))).toEqual([]);
      expect(left === 'all' || (await complete(folder.path, target))).toBe(true);
    }
  },
);
