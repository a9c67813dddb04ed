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
  const store = projectKeys(context, await findWorkspace(context));
  const keys = store.list().map(({ kid, algorithm, createdAtMs, publicJwk }) => ({
    kid,
    algorithm,
    createdAt: formatInstant(createdAtMs),
    publicJwk,
  }));
  return { data: { folder: store.folder, keys } };
}

/** The keys of a workspace; outside of one, those of the user. @throws FintechError KEYS_UNREADABLE */
export function projectKeys(context: Context, workspace: Workspace | undefined): KeyStore {
  return openKeys(workspace?.keysFolder ?? userKeysFolder(context), context.random);
}

/** XDG Base Directory: a relative path in the variable is as good as none. */
function userKeysFolder({ environment, homeFolder, cwd }: Context): string {
  const named = environment['FINTECH_KEYS'];
  if (named !== undefined) return resolve(cwd, named);
  const state = environment['XDG_STATE_HOME'] ?? '';
  return join(isAbsolute(state) ? state : join(homeFolder, '.local', 'state'), 'fintech', 'keys');
}
