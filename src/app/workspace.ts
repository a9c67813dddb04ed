import { lstat, mkdir, readFile, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { FintechError, hasErrnoCode, messageOf } from '../kernel/errors.ts';
import { MAX_CONFIG_BYTES, parseConfig } from '../model/config-file.ts';
import type { Config } from '../model/config.ts';
import type { ComponentName } from '../model/names.ts';
import { checkRoutes } from '../runtime/gateway/public.ts';
import { componentPorts } from '../runtime/sandbox/ports.ts';
import type { Context } from './context.ts';

export const CONFIG_FILE = 'fintech.yaml';

/** A folder with a `fintech.yaml`, and where fintech keeps its own files for it. */
export interface Workspace {
  root: string;
  configFile: string;
  config: Config;
  /** `.fintech/`, git-ignored, 0700. */
  stateFolder: string;
  keysFolder: string;
}

/** The workspace the working folder lies in, or undefined outside of one. */
export async function findWorkspace(context: Context): Promise<Workspace | undefined> {
  const configFile = context.configFile ?? (await findConfigFile(context));
  return configFile === undefined ? undefined : openWorkspace(context, configFile);
}

/** @throws FintechError CONFIG_NOT_FOUND outside a workspace */
export async function loadWorkspace(context: Context): Promise<Workspace> {
  const workspace = await findWorkspace(context);
  if (workspace !== undefined) return workspace;
  throw new FintechError('CONFIG_NOT_FOUND', `no ${CONFIG_FILE} in ${context.cwd} or above it`, {
    hint: 'Run `fintech init` here, or name the file with --config.',
  });
}

/** The folder of a workspace's own files, made private on first need. */
export async function ensureStateFolder(workspace: Workspace): Promise<string> {
  await mkdir(workspace.stateFolder, { recursive: true, mode: 0o700 });
  return workspace.stateFolder;
}

/** Base URL of a component on this machine, by its sticky port. Outside a workspace: its default. */
export async function componentUrl(
  context: Context,
  workspace: Workspace | undefined,
  name: ComponentName,
): Promise<string> {
  const ports = await componentPorts({
    stateFolder: workspace && (await ensureStateFolder(workspace)),
    configured: workspace?.config.sandbox?.ports ?? {},
    environment: context.environment,
  });
  return `http://127.0.0.1:${ports[name]}`;
}

/** The `iss` of this workspace's tokens. */
export function issuerUrl(context: Context, workspace: Workspace | undefined): Promise<string> {
  return componentUrl(context, workspace, 'identity');
}

async function openWorkspace(context: Context, configFile: string): Promise<Workspace> {
  const root = dirname(configFile);
  const config = parseConfig({
    file: configFile,
    text: await readConfig(configFile),
    environment: context.environment,
    rules: ({ gateway }) => checkRoutes(gateway?.routes ?? []),
  });
  const stateFolder = join(root, '.fintech');
  const keysFolder = context.environment['FINTECH_KEYS'] ?? join(stateFolder, 'keys');
  return { root, configFile, config, stateFolder, keysFolder: resolve(context.cwd, keysFolder) };
}

async function readConfig(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > MAX_CONFIG_BYTES) {
      throw new FintechError(
        'CONFIG_INVALID',
        `${file} is ${size} bytes; the limit is ${MAX_CONFIG_BYTES}`,
      );
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (error) {
    if (error instanceof FintechError) throw error;
    throw new FintechError('CONFIG_NOT_FOUND', `cannot read ${file}: ${messageOf(error)}`, {
      hint: 'Check the path given with --config and its permissions.',
      cause: error,
    });
  }
}

/**
 * Walks up from the working folder, no further than the git root, the home folder or a mount.
 * A file that another user owns is refused, since it can name code to run.
 */
async function findConfigFile(context: Context): Promise<string | undefined> {
  const named = context.environment['FINTECH_CONFIG'];
  if (named !== undefined) return resolve(context.cwd, named);
  const { dev } = await stat(context.cwd);
  for (let folder = context.cwd; ; folder = dirname(folder)) {
    if ((await stat(folder)).dev !== dev) return undefined;
    const file = join(folder, CONFIG_FILE);
    if (await ownedHere(file)) return file;
    const last = folder === context.homeFolder || folder === dirname(folder);
    if (last || (await exists(join(folder, '.git')))) return undefined;
  }
}

async function ownedHere(file: string): Promise<boolean> {
  const found = await statIfThere(file);
  if (found === undefined) return false;
  if (found.uid !== userInfo().uid) {
    throw new FintechError('CONFIG_NOT_TRUSTED', `${file} belongs to another user`, {
      hint: `It can name code to run. If you trust it, name it: --config ${file}`,
    });
  }
  return true;
}

async function exists(path: string): Promise<boolean> {
  return (await statIfThere(path)) !== undefined;
}

async function statIfThere(path: string): Promise<{ uid: number } | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (hasErrnoCode(error, 'ENOENT') || hasErrnoCode(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}
