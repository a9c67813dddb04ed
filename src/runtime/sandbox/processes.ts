import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { execaSync } from 'execa';
import { hasErrnoCode } from '../../kernel/errors.ts';
import type { ProcessMark } from './state.ts';

const POLL_MS = 20;

/** The mark of a live process, or undefined when there is none with this pid. */
export function markOf(pid: number): ProcessMark | undefined {
  const startedAt = process.platform === 'linux' ? startTicks(pid) : startDate(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** Whether the very process that was marked still runs. */
export function isAlive(mark: ProcessMark): boolean {
  return markOf(mark.pid)?.startedAt === mark.startedAt;
}

/** Signals a process, or with `group` all that it started. Gone already is fine. */
export function signalProcess(
  pid: number,
  signal: NodeJS.Signals,
  options: { group: boolean },
): void {
  try {
    process.kill(options.group ? -pid : pid, signal);
  } catch (error) {
    if (!hasErrnoCode(error, 'ESRCH')) throw error;
  }
}

/** Ends marked processes that are still the same ones, asking first. Resolves when all are gone. */
export async function endProcesses(marks: readonly ProcessMark[], graceMs: number): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    for (const mark of marks.filter(isAlive)) {
      signalProcess(mark.pid, signal, { group: leadsGroup(mark.pid) });
    }
    for (let waitedMs = 0; waitedMs < graceMs && marks.some(isAlive); waitedMs += POLL_MS) {
      await sleep(POLL_MS);
    }
  }
}

/** Field 5 of /proc/<pid>/stat is the process group; on other systems every mark of ours leads one. */
function leadsGroup(pid: number): boolean {
  return process.platform !== 'linux' || statFields(pid)?.[2] === String(pid);
}

function startTicks(pid: number): string | undefined {
  const fields = statFields(pid);
  // A zombie has ended; only its parent has not noticed yet.
  return fields === undefined || fields[0] === 'Z' ? undefined : fields[19];
}

/** Fields of /proc/<pid>/stat from the third on; the second may hold blanks and brackets. */
function statFields(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

function startDate(pid: number): string | undefined {
  const { stdout } = execaSync('ps', ['-o', 'lstart=', '-p', String(pid)], { reject: false });
  return stdout.trim() === '' ? undefined : stdout.trim();
}
