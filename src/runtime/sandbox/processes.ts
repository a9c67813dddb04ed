import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { execaSync } from 'execa';
import { hasErrnoCode } from '../../kernel/errors.ts';

const POLL_MS = 20;

/** A process as the kernel knows it: a pid is reused, a pid with its start time is not. */
export interface ProcessMark {
  pid: number;
  /** As the system prints it; compared, never read. */
  startedAt: string;
}

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

/**
 * Ends marked processes that are still the same ones, and all in the groups they lead, asking
 * first. Resolves when all are gone.
 */
export async function endProcesses(marks: readonly ProcessMark[], graceMs: number): Promise<void> {
  const targets = marks.filter(isAlive).map((mark) => {
    // While a group has members, its number goes to no other process.
    if (leadsGroup(mark.pid)) return groupOf(mark.pid);
    return {
      lives: () => isAlive(mark),
      signal: (signal: NodeJS.Signals) => signalProcess(mark.pid, signal, { group: false }),
    };
  });
  await endTargets(targets, graceMs);
}

/** Ends all that is left of a process group, asking first, whether its leader still lives or not. */
export async function endGroup(leaderPid: number, graceMs: number): Promise<void> {
  await endTargets([groupOf(leaderPid)], graceMs);
}

interface Target {
  lives: () => boolean;
  signal: (signal: NodeJS.Signals) => void;
}

function groupOf(leaderPid: number): Target {
  return {
    lives: () => groupLives(leaderPid),
    signal: (signal) => signalProcess(leaderPid, signal, { group: true }),
  };
}

async function endTargets(targets: readonly Target[], graceMs: number): Promise<void> {
  let left = targets.filter(({ lives }) => lives());
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    for (const target of left) target.signal(signal);
    for (let waitedMs = 0; waitedMs < graceMs && left.length > 0; waitedMs += POLL_MS) {
      await sleep(POLL_MS);
      left = left.filter(({ lives }) => lives());
    }
  }
}

/** Whether any process of a group still runs. Zombies, which a careless init leaves, do not. */
function groupLives(leaderPid: number): boolean {
  try {
    process.kill(-leaderPid, 0);
  } catch (error) {
    return !hasErrnoCode(error, 'ESRCH');
  }
  return process.platform !== 'linux' || hasRunningMember(leaderPid);
}

function hasRunningMember(leaderPid: number): boolean {
  return readdirSync('/proc').some((name) => {
    const fields = /^\d/.test(name) ? statFields(name) : undefined;
    return fields?.[2] === String(leaderPid) && fields[0] !== 'Z';
  });
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
function statFields(pid: number | string): string[] | undefined {
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
