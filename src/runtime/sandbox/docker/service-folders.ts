import { existsSync, realpathSync } from 'node:fs';
import { join, sep } from 'node:path';
import { FintechError } from '../../../kernel/errors.ts';
import type { Unit } from '../plan.ts';

/** Keys and the sandbox's own state. */
const STATE_FOLDER = '.fintech';

/**
 * A service is mounted by folders of its own: never by one that shows the workspace or its keys.
 * @throws FintechError CONFIG_INVALID
 */
export function demandOwnFolders({ name, process }: Unit, root: string): void {
  if (process === undefined) return;
  const isRoot = join(root, process.path, sep) === join(root, sep);
  for (const path of isRoot ? process.watch : [process.path]) demandOwnFolder(name, path, root);
}

function demandOwnFolder(service: string, path: string, root: string): void {
  const written = join(root, path, sep);
  const isBelow = written !== join(root, sep) && written.startsWith(join(root, sep));
  if (isBelow && !shows(written, root)) return;
  const why = `a container must not see the folder "${path}" of ${service}: it is none of its own in the workspace`;
  throw new FintechError('CONFIG_INVALID', why, {
    hint: `Give ${service} a folder below ${root}, or run --driver embedded.`,
    details: { unit: service, path },
  });
}

/** Whether a folder, symbolic links followed, holds the workspace or lies in its state. */
function shows(folder: string, root: string): boolean {
  const real = existsSync(folder) ? join(realpathSync(folder), sep) : folder;
  return join(root, sep).startsWith(real) || real.startsWith(join(root, STATE_FOLDER, sep));
}
