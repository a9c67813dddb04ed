import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { hasErrnoCode } from '../kernel/errors.ts';

/** Whether files are written beside a root that is not there yet, or within one that is. */
type Place = 'beside' | 'within';

/** A folder for what is being written; its name says which process writes. */
export function makeStage(root: string, place: Place): Promise<string> {
  const { folder, prefix } = stagesOf(root, place);
  return mkdtemp(join(folder, `${prefix}${process.pid}-`));
}

/** Removes what processes left that were killed while they wrote to this root. */
export async function removeDeadStages(root: string): Promise<void> {
  for (const place of ['beside', 'within'] as const) {
    const { folder, prefix } = stagesOf(root, place);
    for (const name of await namesIn(folder)) {
      const pid = /^(\d{1,10})-\w{6}$/.exec(name.slice(prefix.length))?.[1];
      if (!name.startsWith(prefix) || pid === undefined || isAlive(Number(pid))) continue;
      await rm(join(folder, name), { recursive: true, force: true });
    }
  }
}

function stagesOf(root: string, place: Place): { folder: string; prefix: string } {
  return place === 'beside'
    ? { folder: dirname(root), prefix: `.${basename(root)}.fintech-new-` }
    : { folder: root, prefix: '.fintech-new-' };
}

/** Of folders; none where there is nothing to look into. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    const isNothing = ['ENOENT', 'ENOTDIR', 'EACCES'].some((code) => hasErrnoCode(error, code));
    if (isNothing) return [];
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return !hasErrnoCode(error, 'ESRCH');
  }
}
