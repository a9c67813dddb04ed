import { readdirSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import type { Outcome } from '../kernel/reporter.ts';
import { formatInstant } from '../kernel/time.ts';
import type { SigningAlgorithm } from '../model/token-request.ts';
import { type KeyStore, openKeys, type PublicJwk } from '../runtime/identity/public.ts';
import type { Context } from './context.ts';
import { findWorkspace, type Workspace } from './workspace.ts';

export interface KeyList {
  folder: string;
  keys: { kid: string; algorithm: SigningAlgorithm; createdAt: string; publicJwk: PublicJwk }[];
}

/** The signing keys of this project, public halves only. Makes the first ones where none are. */
export async function listKeys(context: Context): Promise<Outcome<KeyList>> {
  const workspace = await findWorkspace(context);
  const { folder, stored } = await useKeys(context, workspace, (keys) => ({
    folder: keys.folder,
    stored: keys.list(),
  }));
  const keys = stored.map(({ kid, algorithm, createdAtMs, publicJwk }) => ({
    kid,
    algorithm,
    createdAt: formatInstant(createdAtMs),
    publicJwk,
  }));
  return { data: { folder, keys } };
}

/**
 * Does something with the project's keys. Those that were made for it are known to the running
 * sandbox when this returns; where they cannot be, a warning says what to do.
 * @throws FintechError KEYS_UNREADABLE
 */
export async function useKeys<T>(
  context: Context,
  workspace: Workspace | undefined,
  use: (keys: KeyStore) => T,
): Promise<T> {
  const folder = keysFolderOf(context, workspace);
  const before = new Set(fileNames(folder));
  const result = use(projectKeys(context, workspace));
  if (workspace !== undefined && fileNames(folder).some((name) => !before.has(name))) {
    // Loaded now: minting must be quick, and hardly ever makes a key.
    const { publishKeys } = await import('./key-publication.ts');
    await publishKeys(context, workspace);
  }
  return result;
}

/** The keys of a workspace; outside of one, those of the user. @throws FintechError KEYS_UNREADABLE */
export function projectKeys(context: Context, workspace: Workspace | undefined): KeyStore {
  return openKeys(keysFolderOf(context, workspace), context.random);
}

/** Where the keys of a workspace are; outside of one, those of the user. */
export function keysFolderOf(context: Context, workspace: Workspace | undefined): string {
  return workspace?.keysFolder ?? userKeysFolder(context);
}

function fileNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // Opening the keys makes the folder, or says what is wrong with it.
    return [];
  }
}

/** XDG Base Directory: a relative path in the variable is as good as none. */
function userKeysFolder({ environment, homeFolder, cwd }: Context): string {
  const named = environment['FINTECH_KEYS'];
  if (named !== undefined) return resolve(cwd, named);
  const state = environment['XDG_STATE_HOME'] ?? '';
  return join(isAbsolute(state) ? state : join(homeFolder, '.local', 'state'), 'fintech', 'keys');
}
