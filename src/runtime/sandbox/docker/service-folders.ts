import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join, normalize, relative, sep } from 'node:path';
import { FintechError } from '../../../kernel/errors.ts';
import type { ServiceProcess, Unit } from '../plan.ts';

/** A workspace's folders, absolute. */
export interface WorkspaceFolders {
  root: string;
  stateFolder: string;
  keysFolder: string;
}

/** A file or folder that a service's container sees. */
export interface SharedPath {
  /** As the service names it, from the workspace's root. */
  path: string;
  /** Where it really is, symbolic links followed: what was checked is what is mounted. */
  source: string;
}

/**
 * What there is of what a service needs: folders of its own, and of the root its packages alone.
 * Only packages may lie outside of the workspace, and nothing may show keys or the sandbox's state.
 * @throws FintechError CONFIG_INVALID
 */
export function sharedPaths({ name, process }: Unit, folders: WorkspaceFolders): SharedPath[] {
  if (process === undefined) return [];
  const { own, packages } = neededPaths(process);
  for (const path of own) demandInside(name, path, folders);
  for (const path of [...own, ...packages]) demandNoSecrets(name, path, folders);
  return [...own, ...packages]
    .filter((path) => existsSync(join(folders.root, path)))
    .map((path) => ({ path, source: realpathSync(join(folders.root, path)) }));
}

/** From the workspace's root. A service that is the root itself shows of it what is watched. */
export function neededPaths({ path, watch }: ServiceProcess): {
  own: readonly string[];
  packages: readonly string[];
} {
  const isRoot = ['.', './'].includes(normalize(path));
  return { own: isRoot ? watch : [path], packages: ['node_modules', 'package.json'] };
}

function demandInside(service: string, path: string, { root }: WorkspaceFolders): void {
  const written = join(root, path);
  const real = realOf(written);
  if (isBelow(written, root) && isBelow(real, realOf(root))) return;
  throw mustNotSee(service, path, {
    why: 'it is none of its own in the workspace',
    hint: `Give ${service} a folder below ${root}, or run --driver embedded.`,
  });
}

function demandNoSecrets(service: string, path: string, folders: WorkspaceFolders): void {
  const { root, stateFolder, keysFolder } = folders;
  const real = realOf(join(root, path));
  const hidden = [stateFolder, keysFolder].find((folder) => overlap(real, realOf(folder)));
  if (hidden === undefined && !isBelow(realOf(root), real) && real !== realOf(root)) return;
  throw mustNotSee(service, path, {
    why: `it would show files of ${hidden ?? root}`,
    hint: 'Keep services, their packages and the folders of keys (FINTECH_KEYS) and state apart, or run --driver embedded.',
  });
}

function mustNotSee(
  service: string,
  path: string,
  { why, hint }: { why: string; hint: string },
): FintechError {
  const message = `a container must not see "${path}" of ${service}: ${why}`;
  return new FintechError('CONFIG_INVALID', message, { hint, details: { unit: service, path } });
}

function overlap(one: string, other: string): boolean {
  return one === other || isBelow(one, other) || isBelow(other, one);
}

function isBelow(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`);
}

/** Also of what is not there yet: then its folder is followed. */
function realOf(path: string): string {
  if (existsSync(path) || dirname(path) === path) return realpathSync(path);
  return join(realOf(dirname(path)), basename(path));
}
