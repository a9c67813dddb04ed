import { createPrivateKey, createHmac, hash, type JsonWebKey, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import type { Random } from '../../kernel/random.ts';
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from '../../model/token-request.ts';
import {
  createPrivateFile,
  ensurePrivateFolder,
  readPrivateFile,
  unreadable,
} from './private-files.ts';
import { ALGORITHMS, type SigningKey } from './signing.ts';

/** The public half of a key, as a JWK Set holds it (RFC 7517 §4): nothing private, ever. */
export interface PublicJwk {
  kty: string;
  kid: string;
  alg: SigningAlgorithm;
  use: 'sig';
  [member: string]: string;
}

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
  /** Every key there is, in the order of `SIGNING_ALGORITHMS`. */
  list(): StoredKey[];
  /** The JWK Set to publish. */
  jwks(): { keys: PublicJwk[] };
  /** The secret of an OAuth client: the same for the same name, in this project only. */
  clientSecret(clientId: string): string;
}

const AT_ONCE: readonly SigningAlgorithm[] = ['ES256', 'EdDSA'];
const CLIENT_SECRET_FILE = 'client-secrets.key';

/**
 * Opens the key store in a folder, and makes what is missing: the folder, an ES256 and an EdDSA
 * pair. Signing keys come from the system's randomness, the key of client secrets from `random`.
 * @throws FintechError KEYS_UNREADABLE, here and in every method
 */
export function openKeys(folder: string, random: Random): KeyStore {
  ensurePrivateFolder(folder);
  for (const algorithm of AT_ONCE) ensureKey(folder, algorithm);
  return {
    folder,
    signingKey: (algorithm) => ensureKey(folder, algorithm),
    list: () => listKeys(folder),
    jwks: () => ({ keys: listKeys(folder).map(({ publicJwk }) => publicJwk) }),
    clientSecret: (clientId) => deriveSecret(clientSecretKey(folder, random), clientId),
  };
}

function listKeys(folder: string): StoredKey[] {
  return SIGNING_ALGORITHMS.flatMap((algorithm) => readKey(folder, algorithm) ?? []);
}

function ensureKey(folder: string, algorithm: SigningAlgorithm): StoredKey {
  const found = readKey(folder, algorithm);
  if (found !== undefined) return found;
  const jwk = ALGORITHMS[algorithm].generate().export({ format: 'jwk' });
  const named = { kid: kidOf(jwk), alg: algorithm, use: 'sig', ...jwk };
  createPrivateFile(folder, fileOf(algorithm), `${JSON.stringify(named)}\n`);
  const made = readKey(folder, algorithm);
  if (made === undefined) throw unreadable(join(folder, fileOf(algorithm)), 'it vanished');
  return made;
}

function fileOf(algorithm: SigningAlgorithm): string {
  return `${algorithm}.jwk.json`;
}

function readKey(folder: string, algorithm: SigningAlgorithm): StoredKey | undefined {
  const path = join(folder, fileOf(algorithm));
  const file = readPrivateFile(path);
  if (file === undefined) return undefined;
  const jwk = parseJwk(file.text);
  const privateKey = jwk && importKey(jwk);
  if (jwk === undefined || privateKey === undefined) {
    throw unreadable(path, 'it holds no private JWK');
  }
  const kid = kidOf(jwk);
  if (
    privateKey.asymmetricKeyType !== ALGORITHMS[algorithm].keyType ||
    jwk['alg'] !== algorithm ||
    jwk['kid'] !== kid
  ) {
    throw unreadable(path, `it holds no key for ${algorithm} of ours`);
  }
  const publicJwk = { ...publicMembers(jwk), kid, alg: algorithm, use: 'sig' } as PublicJwk;
  return { kid, algorithm, privateKey, publicJwk, createdAtMs: file.modifiedMs };
}

/** The parser's own message would quote the key, so it is dropped. */
function parseJwk(text: string): JsonWebKey | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? ((value ?? undefined) as JsonWebKey | undefined) : undefined;
  } catch {
    return undefined;
  }
}

function importKey(jwk: JsonWebKey): KeyObject | undefined {
  try {
    return createPrivateKey({ key: jwk, format: 'jwk' });
  } catch {
    return undefined;
  }
}

/** The public members of EC, OKP and RSA keys, in the order of a thumbprint. */
function publicMembers(jwk: JsonWebKey): JsonWebKey {
  const names = ['crv', 'e', 'kty', 'n', 'x', 'y'] as const;
  return Object.fromEntries(
    names.flatMap((name) => (jwk[name] === undefined ? [] : [[name, jwk[name]]])),
  );
}

/** Says that it is of a sandbox; the rest is a JWK thumbprint (RFC 7638), cut to stay readable. */
function kidOf(jwk: JsonWebKey): string {
  const thumbprint = hash('sha256', JSON.stringify(publicMembers(jwk)), 'base64url');
  return `sandbox-${thumbprint.slice(0, 16)}`;
}

function clientSecretKey(folder: string, random: Random): Buffer {
  const path = join(folder, CLIENT_SECRET_FILE);
  if (readPrivateFile(path) === undefined) {
    createPrivateFile(folder, CLIENT_SECRET_FILE, `${random.bytes(32).toString('base64url')}\n`);
  }
  const key = Buffer.from(readPrivateFile(path)?.text.trim() ?? '', 'base64url');
  if (key.length !== 32) throw unreadable(path, 'it does not hold 32 bytes in base64url');
  return key;
}

function deriveSecret(key: Buffer, clientId: string): string {
  const mac = createHmac('sha256', key).update(`client-secret:${clientId}`);
  return `sandbox_${mac.digest('base64url')}`;
}
