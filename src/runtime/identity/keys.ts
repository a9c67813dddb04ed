import type { JsonWebKey, KeyObject } from 'node:crypto';
import { join } from 'node:path';
import type { Random } from '../../kernel/random.ts';
import type { Clock } from '../../kernel/time.ts';
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from '../../model/token-request.ts';
import { clientSecretKey, deriveSecret, replaceClientSecretKey } from './client-secrets.ts';
import { privateJwks, readPrivateJwks } from './key-transfer.ts';
import {
  createPrivateFile,
  ensurePrivateFolder,
  readPrivateFile,
  replacePrivateFile,
  unreadable,
} from './private-files.ts';
import {
  importKey,
  kidOf,
  parseJwk,
  privateJwkOf,
  type PublicJwk,
  publicJwkOf,
} from './private-jwk.ts';
import { forgetRetired, type RetiredKey, retiredKeys, retireKey } from './retired-keys.ts';
import { ALGORITHMS, type SigningKey } from './signing.ts';

export type { PublicJwk } from './private-jwk.ts';

/** A key of the store, as `keys list` shows it. */
export interface StoredKey extends SigningKey {
  publicJwk: PublicJwk;
  createdAtMs: number;
}

/**
 * The keys of one project: a folder (0700) of private JWKs (0600), one file for each algorithm,
 * and the key that client secrets are derived from. Any number of processes may open it at once.
 * Every call reads the files, so that a key another process made is seen.
 */
export interface KeyStore {
  readonly folder: string;
  /** The key tokens are signed with; the RSA pairs are made when first asked for. */
  signingKey(algorithm: SigningAlgorithm): StoredKey;
  /** Every key that signs, in the order of `SIGNING_ALGORITHMS`. */
  list(): StoredKey[];
  /** Keys that sign no more, and are published still. */
  retired(): RetiredKey[];
  /** The JWK Set to publish. */
  jwks(): { keys: PublicJwk[] };
  /** The secret of an OAuth client: the same for the same name, in this project only. */
  clientSecret(clientId: string): string;
  /**
   * Signs with another key from now on: the given one, or a new one. The one before is published
   * for `overlapMs` more; with 0 it is withdrawn at once, and with it every token it signed.
   */
  replaceKey(algorithm: SigningAlgorithm, change: { overlapMs: number; key?: KeyObject }): void;
  /** All that `importPrivate` takes: a JWK Set with private and symmetric keys. */
  exportPrivate(): { keys: JsonWebKey[] };
  /**
   * Takes keys of another project in place of its own, as `replaceKey` does.
   * @returns what was replaced: algorithms, and whether client secrets are others now
   */
  importPrivate(jwks: unknown, change: { overlapMs: number }): ImportedKeys;
}

export interface ImportedKeys {
  algorithms: SigningAlgorithm[];
  clientSecrets: boolean;
}

const AT_ONCE: readonly SigningAlgorithm[] = ['ES256', 'EdDSA'];

/**
 * Opens the key store in a folder, and makes what is missing: the folder, an ES256 and an EdDSA
 * pair. Signing keys come from the system's randomness, the key of client secrets from `random`.
 * @throws FintechError KEYS_UNREADABLE, here and in every method
 */
export function openKeys(folder: string, random: Random, clock: Clock): KeyStore {
  ensurePrivateFolder(folder);
  for (const algorithm of AT_ONCE) ensureKey(folder, algorithm);
  const list = () => listKeys(folder);
  const retired = () => {
    const current = new Set(list().map(({ kid }) => kid));
    return retiredKeys(folder, clock.now()).filter(({ publicJwk: { kid } }) => !current.has(kid));
  };
  const replaceKey: KeyStore['replaceKey'] = (algorithm, { overlapMs, key }) => {
    const publishedUntilMs = clock.now() + overlapMs;
    forgetRetired(folder, clock.now());
    putKey(folder, algorithm, { publishedUntilMs, key: key ?? ALGORITHMS[algorithm].generate() });
  };
  return {
    folder,
    signingKey: (algorithm) => ensureKey(folder, algorithm),
    list,
    retired,
    jwks: () => ({ keys: [...list(), ...retired()].map(({ publicJwk }) => publicJwk) }),
    clientSecret: (clientId) => deriveSecret(clientSecretKey(folder, random), clientId),
    replaceKey,
    exportPrivate: () => privateJwks(list(), clientSecretKey(folder, random)),
    importPrivate: (jwks, { overlapMs }) => {
      const { signing, clientSecrets } = readPrivateJwks(jwks);
      for (const { algorithm, privateKey: key } of signing) {
        replaceKey(algorithm, { overlapMs, key });
      }
      if (clientSecrets !== undefined) replaceClientSecretKey(folder, clientSecrets);
      const algorithms = signing.map(({ algorithm }) => algorithm);
      return { algorithms, clientSecrets: clientSecrets !== undefined };
    },
  };
}

function listKeys(folder: string): StoredKey[] {
  return SIGNING_ALGORITHMS.flatMap((algorithm) => readKey(folder, algorithm) ?? []);
}

function ensureKey(folder: string, algorithm: SigningAlgorithm): StoredKey {
  const found = readKey(folder, algorithm);
  if (found !== undefined) return found;
  createPrivateFile(folder, fileOf(algorithm), textOf(ALGORITHMS[algorithm].generate(), algorithm));
  const made = readKey(folder, algorithm);
  if (made === undefined) throw unreadable(join(folder, fileOf(algorithm)), 'it vanished');
  return made;
}

/** The old key is retired first: at no moment is a key in use that is not published. */
function putKey(
  folder: string,
  algorithm: SigningAlgorithm,
  { publishedUntilMs, key }: { publishedUntilMs: number; key: KeyObject },
): void {
  const old = readKey(folder, algorithm);
  if (old !== undefined) retireKey(folder, { publicJwk: old.publicJwk, publishedUntilMs });
  replacePrivateFile(folder, fileOf(algorithm), textOf(key, algorithm));
}

function fileOf(algorithm: SigningAlgorithm): string {
  return `${algorithm}.jwk.json`;
}

function textOf(key: KeyObject, algorithm: SigningAlgorithm): string {
  return `${JSON.stringify(privateJwkOf(key, algorithm))}\n`;
}

function readKey(folder: string, algorithm: SigningAlgorithm): StoredKey | undefined {
  const path = join(folder, fileOf(algorithm));
  const file = readPrivateFile(path);
  if (file === undefined) return undefined;
  const jwk = parseJwk(file.text);
  if (jwk === undefined) throw unreadable(path, 'it holds no private JWK');
  const privateKey = importKey(jwk, algorithm);
  if (privateKey === undefined || jwk['alg'] !== algorithm || jwk['kid'] !== kidOf(jwk)) {
    throw unreadable(path, `it holds no key for ${algorithm} of ours`);
  }
  const publicJwk = publicJwkOf(jwk, algorithm);
  return {
    kid: publicJwk.kid,
    algorithm,
    privateKey,
    publicJwk,
    createdAtMs: file.modifiedMs,
  };
}
