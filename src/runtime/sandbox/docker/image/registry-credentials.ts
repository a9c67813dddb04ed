import { join } from 'node:path';
import type { AuthConfig } from 'dockerode';
import { execa } from 'execa';
import { hasErrnoCode, messageOf } from '../../../../kernel/errors.ts';
import { printable } from '../../../../kernel/printable.ts';
import { readDockerFile } from '../engine/docker-context.ts';

export interface CredentialSource {
  environment: Readonly<Record<string, string | undefined>>;
  homeFolder: string;
  signal: AbortSignal;
  /** Told why credentials that seem to exist could not be had: the pull then goes on without. */
  warn: (message: string) => void;
}

/** What the engine sends to a registry: a name and password, or a token from an earlier login. */
export type Credentials = Partial<AuthConfig> & { identitytoken?: string };

interface DockerConfig {
  auths?: Record<string, { auth?: string; identitytoken?: string } | undefined>;
  credsStore?: string;
  credHelpers?: Record<string, string | undefined>;
}

/** Docker Hub's name in `config.json` and to credential helpers. */
const HUB_KEY = 'https://index.docker.io/v1/';
const HELPER_NAME = /^[\w.-]+$/;
/** A helper may ask the user to unlock a keychain. */
const HELPER_TIMEOUT_MS = 60_000;
const MAX_HELPER_BYTES = 64 * 1024;
/** What a helper gives as the user's name where the secret is an identity token. */
const TOKEN_USER = '<token>';

/**
 * The credentials that `docker login` keeps for a registry, found as Docker's own client does: the
 * registry's helper, the general one, then `config.json` itself.
 * @param registry host of the registry, `docker.io` for Docker Hub
 * @returns undefined where there are none
 */
export async function credentialsFor(
  registry: string,
  source: CredentialSource,
): Promise<Credentials | undefined> {
  const folder = source.environment['DOCKER_CONFIG'] || join(source.homeFolder, '.docker');
  const file = join(folder, 'config.json');
  try {
    const text = await readDockerFile(file);
    return text === undefined ? undefined : await find(registry, configOf(file, text), source);
  } catch (error) {
    source.signal.throwIfAborted();
    source.warn(`the credentials for ${registry} cannot be read: ${printable(messageOf(error))}`);
    return undefined;
  }
}

async function find(
  registry: string,
  config: DockerConfig,
  source: CredentialSource,
): Promise<Credentials | undefined> {
  const key = registry === 'docker.io' ? HUB_KEY : registry;
  const helper = config.credHelpers?.[key] ?? config.credsStore;
  const helped = helper ? await askHelper(helper, key, source) : undefined;
  if (helped !== undefined) return helped;
  const entry = config.auths?.[key] ?? entryOfHost(config.auths ?? {}, key);
  if (entry?.identitytoken) return { identitytoken: entry.identitytoken, serveraddress: key };
  return entry?.auth ? passwordIn(entry.auth, key) : undefined;
}

/** Older clients wrote keys with a scheme and a path. */
function entryOfHost(auths: NonNullable<DockerConfig['auths']>, key: string) {
  const host = (text: string) => text.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  return Object.entries(auths).find(([name]) => host(name) === host(key))?.[1];
}

/** `auth` is the base64 of `user:password`, as in HTTP's basic authentication. */
function passwordIn(auth: string, key: string): Credentials {
  const text = Buffer.from(auth, 'base64').toString();
  const colon = text.indexOf(':');
  if (colon === -1) throw new Error(`its entry for ${key} is damaged`);
  return {
    username: text.slice(0, colon),
    password: text.slice(colon + 1).replace(/\0+$/, ''),
    serveraddress: key,
  };
}

/** Speaks the protocol of docker-credential-helpers: the registry on stdin, JSON on stdout. */
async function askHelper(
  name: string,
  key: string,
  { environment, signal }: CredentialSource,
): Promise<Credentials | undefined> {
  if (!HELPER_NAME.test(name)) throw new Error(`"${name}" is no credential helper's name`);
  const program = `docker-credential-${name}`;
  const { failed, stdout, stderr, shortMessage, cause } = await execa(program, ['get'], {
    input: key,
    env: environment,
    extendEnv: false,
    timeout: HELPER_TIMEOUT_MS,
    maxBuffer: MAX_HELPER_BYTES,
    cancelSignal: signal,
    reject: false,
  });
  if (failed && hasErrnoCode(cause, 'ENOENT')) throw new Error(`${program} is not installed`);
  if (failed && /credentials not found/i.test(stdout)) return undefined;
  // Its output is not shown: what answers wrongly may answer with a secret.
  if (failed) throw new Error(`${program} failed: ${stderr.trim() || shortMessage}`);
  const { Username: username, Secret: secret } = helperAnswer(program, stdout);
  return username === TOKEN_USER
    ? { identitytoken: secret, serveraddress: key }
    : { username, password: secret, serveraddress: key };
}

function helperAnswer(program: string, text: string): { Username: string; Secret: string } {
  const answer = parsed(text) as { Username?: unknown; Secret?: unknown } | null | undefined;
  const { Username, Secret } = answer ?? {};
  if (typeof Username !== 'string' || typeof Secret !== 'string') {
    throw new Error(`${program} gave no user name and secret`);
  }
  return { Username, Secret };
}

function configOf(file: string, text: string): DockerConfig {
  const config = parsed(text);
  if (typeof config !== 'object' || config === null) throw new Error(`${file} is no JSON object`);
  return config;
}

/** Without the words of JSON.parse, which quote the text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
