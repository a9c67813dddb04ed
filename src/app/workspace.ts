import { constants } from 'node:fs';
import { chmod, lstat, mkdir, open, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { FintechError, hasErrnoCode, messageOf } from '../kernel/errors.ts';
import { MAX_CONFIG_BYTES, parseConfig } from '../model/config-file.ts';
import { fixedPorts } from '../model/config-rules.ts';
import type { Config } from '../model/config.ts';
import type { ComponentName } from '../model/names.ts';
import { checkRoutes } from '../runtime/gateway/public.ts';
import { componentPorts } from '../runtime/sandbox/ports.ts';
import type { Context } from './context.ts';

export const CONFIG_FILE = 'fintech.yaml';
const LOOPBACK = '127.0.0.1';

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

/** @throws FintechError CONFIG_INVALID where the file holds nothing but `verify:`, and so no workspace */
export function nameOf({ config, configFile }: Workspace): string {
  if (config.name !== undefined) return config.name;
  throw new FintechError('CONFIG_INVALID', `${configFile} names no workspace`, {
    hint: 'It has settings of `fintech verify` alone. Give it a `name`, and what the workspace consists of.',
  });
}

/** The folder of a workspace's own files: made on first need, always private and never committed. */
export async function ensureStateFolder({ stateFolder }: Workspace): Promise<string> {
  await mkdir(stateFolder, { recursive: true, mode: 0o700 });
  await Promise.all([chmod(stateFolder, 0o700), ignoreAll(join(stateFolder, '.gitignore'))]);
  return stateFolder;
}

/** A hand-written workspace has no `.gitignore` that knows of this folder. */
async function ignoreAll(file: string): Promise<void> {
  try {
    await writeFile(file, '*\n', { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (!hasErrnoCode(error, 'EEXIST')) throw error;
  }
}

/** Base URL of a component for this machine, by its sticky port. Outside a workspace: its default. */
export async function componentUrl(
  context: Context,
  workspace: Workspace | undefined,
  name: ComponentName,
): Promise<string> {
  const host = workspace === undefined ? LOOPBACK : await publishedHost(workspace);
  return `http://${host}:${await componentPort(context, workspace, name)}`;
}

/** The `iss` of this workspace's tokens: the same wherever identity runs. It is compared, not asked. */
export async function issuerUrl(
  context: Context,
  workspace: Workspace | undefined,
): Promise<string> {
  return `http://${LOOPBACK}:${await componentPort(context, workspace, 'identity')}`;
}

/** Where the ports of the driver in use are reached. Loaded on demand: `token mint` has no need of it. */
export async function publishedHost({ stateFolder }: Workspace): Promise<string> {
  const { readDriverRecord } = await import('../runtime/sandbox/driver-record.ts');
  const { holders, docker } = readDriverRecord(stateFolder);
  return holders[0] === 'docker' && docker !== undefined ? docker.publishedHost : LOOPBACK;
}

async function componentPort(
  context: Context,
  workspace: Workspace | undefined,
  name: ComponentName,
): Promise<number> {
  const ports = await componentPorts({
    stateFolder: workspace && (await ensureStateFolder(workspace)),
    configured: workspace === undefined ? {} : fixedPorts(workspace.config),
    environment: context.environment,
  });
  return ports[name];
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
  const bytes = await readStart(file).catch((error: unknown) => {
    throw new FintechError('CONFIG_NOT_FOUND', `cannot read ${file}: ${messageOf(error)}`, {
      hint: 'Check the path given with --config and its permissions.',
      cause: error,
    });
  });
  if (bytes.length > MAX_CONFIG_BYTES) {
    throw new FintechError('CONFIG_INVALID', `${file} is larger than ${MAX_CONFIG_BYTES} bytes`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new FintechError('CONFIG_INVALID', `${file} is not UTF-8 text`, { cause: error });
  }
}

/** A file's bytes, but no more than one beyond the limit. */
async function readStart(file: string): Promise<Uint8Array> {
  // Without waiting: a pipe that nobody writes to would never open.
  await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  if (!(await handle.stat()).isFile()) throw new Error('it is no regular file');
  return await buffer(handle.createReadStream({ end: MAX_CONFIG_BYTES }));
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
  // Not by the user's name: in a container the uid may have none. Windows has no uids at all.
  const uid = process.getuid?.();
  if (uid !== undefined && found.uid !== uid) {
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
