import { readdirSync, statSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import type { Outcome } from '../kernel/reporter.ts';
import { formatInstant } from '../kernel/time.ts';
import type { SigningAlgorithm } from '../model/token-request.ts';
import { type KeyStore, openKeys, type PublicJwk } from '../runtime/identity/public.ts';
import type { Context } from './context.ts';
import { findWorkspace, type Workspace } from './workspace.ts';

export interface ListedKey {
  kid: string;
  algorithm: SigningAlgorithm;
  /** Null for a key that signs no more. */
  createdAt: string | null;
  /** When a key that signs no more is withdrawn; null for one that signs. */
  publishedUntil: string | null;
  publicJwk: PublicJwk;
}

export interface KeyList {
  folder: string;
  keys: ListedKey[];
}

/** The published keys of this project, public halves only. Makes the first ones where none are. */
export async function listKeys(context: Context): Promise<Outcome<KeyList>> {
  const workspace = await findWorkspace(context);
  return { data: await useKeys(context, workspace, listed) };
}

function listed(store: KeyStore): KeyList {
  const signing = store.list().map(({ createdAtMs, publicJwk }) => ({
    ...named(publicJwk),
    createdAt: formatInstant(createdAtMs),
    publishedUntil: null,
  }));
  const retired = store.retired().map(({ publishedUntilMs, publicJwk }) => ({
    ...named(publicJwk),
    createdAt: null,
    publishedUntil: formatInstant(publishedUntilMs),
  }));
  return { folder: store.folder, keys: [...signing, ...retired] };
}

function named(publicJwk: PublicJwk) {
  return { kid: publicJwk.kid, algorithm: publicJwk.alg, publicJwk };
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
  const before = versions(folder);
  const result = use(projectKeys(context, workspace));
  if (workspace !== undefined && before !== versions(folder)) {
    // Loaded now: minting must be quick, and hardly ever makes a key.
    const { publishKeys } = await import('./key-publication.ts');
    await publishKeys(context, workspace);
  }
  return result;
}

/** The keys of a workspace; outside of one, those of the user. @throws FintechError KEYS_UNREADABLE */
export function projectKeys(context: Context, workspace: Workspace | undefined): KeyStore {
  return openKeys(keysFolderOf(context, workspace), context.random, context.clock);
}

/** Where the keys of a workspace are; outside of one, those of the user. */
export function keysFolderOf(context: Context, workspace: Workspace | undefined): string {
  return workspace?.keysFolder ?? userKeysFolder(context);
}

/** Changes whenever a file does: each one is put in place whole, so it is another file then. */
function versions(folder: string): string {
  try {
    const names = readdirSync(folder).sort();
    return names.map((name) => `${name} ${statSync(join(folder, name)).ino}`).join();
  } catch {
    // Opening the keys makes the folder, or says what is wrong with it.
    return '';
  }
}

/** XDG Base Directory: a relative path in the variable is as good as none. */
function userKeysFolder({ environment, homeFolder, cwd }: Context): string {
  const named = environment['FINTECH_KEYS'];
  if (named !== undefined) return resolve(cwd, named);
  const state = environment['XDG_STATE_HOME'] ?? '';
  return join(isAbsolute(state) ? state : join(homeFolder, '.local', 'state'), 'fintech', 'keys');
}
