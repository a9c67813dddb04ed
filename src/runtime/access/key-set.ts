import { createPublicKey, type KeyObject } from 'node:crypto';
import { isRocaModulus } from './roca.ts';

/** A key that passed the lint, with the algorithms it may be used for. */
export interface UsableKey {
  key: KeyObject;
  algorithms: ReadonlySet<string>;
}

/** One that an issuer publishes under a name. */
export interface PublishedKey extends UsableKey {
  kid: string;
}

/** The usable keys of a JWK Set, and why the others were left out. */
export interface KeySet {
  keys: ReadonlyMap<string, PublishedKey>;
  leftOut: readonly { kid: string; why: string }[];
}

const MAX_KEYS = 100;
const MAX_KID_LENGTH = 256;
const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

/** Algorithms by what `createPublicKey` says of a key (RFC 7518 §3.1, RFC 8037, RFC 9864). */
const ALGORITHMS: Readonly<Record<string, readonly string[]>> = {
  prime256v1: ['ES256'],
  secp384r1: ['ES384'],
  secp521r1: ['ES512'],
  ed25519: ['EdDSA', 'Ed25519'],
  rsa: ['PS256', 'RS256', 'PS384', 'RS384', 'PS512', 'RS512'],
};

type Jwk = Record<string, unknown>;

/**
 * Reads a JWK Set (RFC 7517 §5) strictly: no private or symmetric members, no `kid` twice, RSA of
 * at least 2048 bits with e ≥ 65537, fit for verifying. A key that fails is left out.
 * @returns undefined when the value is no JWK Set, or has more than 100 keys
 */
export function readKeySet(value: unknown): KeySet | undefined {
  const list = isObject(value) ? value['keys'] : undefined;
  if (!Array.isArray(list) || list.length > MAX_KEYS) return undefined;
  const keys = new Map<string, PublishedKey>();
  const leftOut: { kid: string; why: string }[] = [];
  const seen = new Map<unknown, number>();
  for (const jwk of list) if (isObject(jwk)) seen.set(jwk['kid'], (seen.get(jwk['kid']) ?? 0) + 1);
  for (const jwk of list as unknown[]) {
    const read = isObject(jwk) ? readKey(jwk) : 'not an object';
    const kid = isObject(jwk) && typeof jwk['kid'] === 'string' ? jwk['kid'] : '';
    if (typeof read === 'string') leftOut.push({ kid, why: read });
    else if ((seen.get(kid) ?? 0) > 1) leftOut.push({ kid, why: 'its kid is used twice' });
    else keys.set(kid, read);
  }
  return { keys, leftOut };
}

/** The key, or why it cannot be used. */
function readKey(jwk: Jwk): PublishedKey | string {
  const { kid } = jwk;
  if (typeof kid !== 'string' || kid === '' || kid.length > MAX_KID_LENGTH) return 'it has no kid';
  const usable = readPublicJwk(jwk);
  return typeof usable === 'string' ? usable : { kid, ...usable };
}

/** The key of a JWK that may verify signatures (RFC 7517 §4), or why it cannot be used. */
export function readPublicJwk(jwk: Readonly<Record<string, unknown>>): UsableKey | string {
  const { use, key_ops: operations, alg } = jwk;
  if (SECRET_MEMBERS.some((member) => member in jwk)) return 'it holds private or symmetric parts';
  if (use !== undefined && use !== 'sig') return 'its use is not sig';
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) {
    return 'its key_ops lack verify';
  }
  const key = publicKeyOf(jwk);
  if (key === undefined) return 'it is no valid public key';
  const details = key.asymmetricKeyDetails;
  if (key.asymmetricKeyType === 'rsa') {
    if ((details?.modulusLength ?? 0) < 2048) return 'RSA of less than 2048 bits';
    if ((details?.publicExponent ?? 0n) < 65537n) return 'RSA with an exponent below 65537';
    if (isRocaModulus(modulusOf(jwk))) return 'RSA that can be factored (ROCA, CVE-2017-15361)';
  }
  const fitting = ALGORITHMS[details?.namedCurve ?? key.asymmetricKeyType ?? ''] ?? [];
  const algorithms = fitting.filter((name) => alg === undefined || name === alg);
  if (algorithms.length === 0) return 'no algorithm fits it';
  return { key, algorithms: new Set(algorithms) };
}

function modulusOf({ n }: Jwk): bigint {
  const hex = Buffer.from(String(n), 'base64url').toString('hex');
  return BigInt(`0x${hex}`);
}

function publicKeyOf(jwk: Jwk): KeyObject | undefined {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Jwk {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
