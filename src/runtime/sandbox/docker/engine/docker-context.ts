import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { FintechError, hasErrnoCode, messageOf } from '../../../../kernel/errors.ts';
import { printable } from '../../../../kernel/printable.ts';

/** The name of the context that stands for DOCKER_HOST or the platform's socket. */
export const DEFAULT_CONTEXT = 'default';

/** Docker's own files are a few kilobytes; a longer one is something else. */
const MAX_FILE_BYTES = 1024 * 1024;

/** A connection that `docker context create` wrote down. */
export interface DockerContext {
  /** As Docker writes addresses. */
  host: string;
  skipTlsVerify: boolean;
  /** Where its `ca.pem`, `cert.pem` and `key.pem` are, if it has any. */
  tlsFolder: string;
}

/**
 * The context that `docker context use` chose, or undefined.
 * @param folder Docker's folder of settings: DOCKER_CONFIG or `~/.docker`
 * @throws FintechError SANDBOX_DRIVER_ABSENT for a `config.json` that cannot be read
 */
export async function currentContext(folder: string): Promise<string | undefined> {
  const file = join(folder, 'config.json');
  const text = await readDockerFile(file);
  if (text === undefined) return undefined;
  const name = member(decoded(file, text), 'currentContext');
  if (name === undefined || name === '') return undefined;
  if (typeof name !== 'string') throw unreadable(file, 'its currentContext is no text');
  return name;
}

/**
 * @param source what names the context, for messages: `DOCKER_CONTEXT`
 * @throws FintechError SANDBOX_DRIVER_ABSENT for a context that is not there or is broken
 */
export async function readContext(
  folder: string,
  { name, source }: { name: string; source: string },
): Promise<DockerContext> {
  // https://github.com/docker/cli: folders are named by the hash of the context's name.
  const id = createHash('sha256').update(name).digest('hex');
  const file = join(folder, 'contexts', 'meta', id, 'meta.json');
  const text = await readDockerFile(file);
  if (text === undefined) throw absent(name, source, folder);
  const docker = member(member(decoded(file, text), 'Endpoints'), 'docker');
  const host = member(docker, 'Host');
  if (typeof host !== 'string' || host === '') {
    throw unreadable(file, `the context "${printable(name)}" names no Docker engine`);
  }
  return {
    host,
    skipTlsVerify: member(docker, 'SkipTLSVerify') === true,
    tlsFolder: join(folder, 'contexts', 'tls', id, 'docker'),
  };
}

/**
 * A small text file of Docker's, or undefined when it is absent.
 * @throws FintechError SANDBOX_DRIVER_ABSENT when it cannot be read or has more than 1 MiB
 */
export async function readDockerFile(file: string): Promise<string | undefined> {
  try {
    await using handle = await open(file);
    const { size } = await handle.stat();
    if (size > MAX_FILE_BYTES) throw unreadable(file, `it has ${size} bytes`);
    return await handle.readFile('utf8');
  } catch (error) {
    if (hasErrnoCode(error, 'ENOENT') || hasErrnoCode(error, 'ENOTDIR')) return undefined;
    throw error instanceof FintechError ? error : unreadable(file, messageOf(error));
  }
}

function decoded(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unreadable(file, `it is no JSON: ${messageOf(error)}`);
  }
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

function absent(name: string, source: string, folder: string): FintechError {
  const quoted = `"${printable(name)}"`;
  return new FintechError(
    'SANDBOX_DRIVER_ABSENT',
    `Docker's context ${quoted}, named by ${source}, is not in ${folder}`,
    {
      hint: 'Choose one of `docker context ls`, or run without Docker: --driver embedded.',
      details: { context: name, source },
    },
  );
}

function unreadable(file: string, why: string): FintechError {
  return new FintechError('SANDBOX_DRIVER_ABSENT', `${file} cannot be used: ${printable(why)}`, {
    hint: 'Mend that file, or run without Docker: --driver embedded.',
    details: { file },
  });
}
