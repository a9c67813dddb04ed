import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { messageOf } from '../../kernel/errors.ts';
import type { Clock } from '../../kernel/time.ts';
import { watchFolders } from './folder-watch.ts';
import { memoryKills } from './memory-kills.ts';
import { endGroup, markOf, type ProcessMark } from './processes.ts';

const STOP_GRACE_MS = 5000;
const FIRST_BACKOFF_MS = 250;
const CRASH_WINDOW_MS = 30_000;
const CRASH_EXITS = 5;

/** What a runner tells its parent. */
export type RunnerMessage =
  | { state: 'running'; process: ProcessMark | undefined }
  | { state: 'restarting' | 'crashed'; why: string }
  /** The command goes on, but changes of its files may go unnoticed. */
  | { state: 'unwatched'; why: string };

export interface RunnerOptions {
  /** Program and arguments. */
  command: readonly [string, ...string[]];
  folder: string;
  /** Folders below `folder` whose changes restart the command. */
  watch: readonly string[];
  clock: Clock;
  tell: (message: RunnerMessage) => void;
  /** Ends the command and the runner. */
  signal: AbortSignal;
}

/**
 * Keeps one command running: again after each exit with growing pauses, anew when its files change.
 * Five exits in 30 s count as a crash, which only a change of files ends.
 */
export async function runService(options: RunnerOptions): Promise<void> {
  const { clock, signal, tell } = options;
  using changes = fileChanges(options);
  const exitsMs: number[] = [];
  while (!signal.aborted) {
    const ending = AbortSignal.any([signal, changes.next()]);
    const why = await runOnce(options, ending);
    if (signal.aborted) return;
    if (ending.aborted) {
      exitsMs.length = 0;
      continue;
    }
    exitsMs.push(clock.monotonicMs());
    const recent = exitsMs.filter((ms) => ms > clock.monotonicMs() - CRASH_WINDOW_MS);
    const crashed = recent.length >= CRASH_EXITS;
    tell({ state: crashed ? 'crashed' : 'restarting', why });
    const pauseMs = crashed
      ? Number.POSITIVE_INFINITY
      : FIRST_BACKOFF_MS * 2 ** (recent.length - 1);
    await pause(pauseMs, ending, clock);
    if (ending.aborted) exitsMs.length = 0;
  }
}

/** Runs the command in a process group of its own until it ends or must. @returns why it ended */
async function runOnce(
  { command, folder, tell }: RunnerOptions,
  ending: AbortSignal,
): Promise<string> {
  const [file, ...args] = command;
  const memoryKillsBefore = memoryKills();
  const child = execa(file, args, {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
    reject: false,
  });
  const { pid } = child;
  if (pid === undefined) return startFailure(folder, (await child).cause);
  tell({ state: 'running', process: markOf(pid) });
  let ended: Promise<void> | undefined;
  const end = () => void (ended = endGroup(pid, STOP_GRACE_MS));
  ending.addEventListener('abort', end, { once: true });
  const result = await child;
  const outOfMemory = result.signal === 'SIGKILL' && memoryKills() > memoryKillsBefore;
  const why = outOfMemory ? 'it ran out of memory' : reasonOf(result);
  ending.removeEventListener('abort', end);
  // A shell goes at once where the service it started still has work to finish.
  await (ended ?? endGroup(pid, STOP_GRACE_MS));
  return why;
}

/** Node calls the program not found where it is the folder that is missing. */
function startFailure(folder: string, cause: unknown): string {
  if (!existsSync(folder)) return `there is no folder ${folder}`;
  return messageOf(cause ?? 'it could not be started');
}

function reasonOf(result: { signal?: string | undefined; exitCode?: number | undefined }): string {
  return result.signal === undefined ? `exit code ${result.exitCode}` : `ended by ${result.signal}`;
}

async function pause(ms: number, ending: AbortSignal, clock: Clock): Promise<void> {
  const change = new Promise<void>((resolve) => {
    if (ending.aborted) resolve();
    ending.addEventListener('abort', () => resolve(), { once: true });
  });
  await (Number.isFinite(ms)
    ? Promise.race([change, clock.sleep(ms, ending).catch(() => {})])
    : change);
}

/** Turns file changes into signals: each call of `next` gives one that aborts at the next change. */
function fileChanges({ watch, folder, clock, tell }: RunnerOptions): Disposable & {
  next: () => AbortSignal;
} {
  let controller = new AbortController();
  const watching = watchFolders(
    watch.map((name) => join(folder, name)),
    {
      clock,
      changed: () => controller.abort(),
      failed: (why) => tell({ state: 'unwatched', why }),
    },
  );
  return {
    next: () => {
      if (controller.signal.aborted) controller = new AbortController();
      return controller.signal;
    },
    [Symbol.dispose]: () => watching[Symbol.dispose](),
  };
}
