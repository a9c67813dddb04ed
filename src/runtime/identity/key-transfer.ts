import type { JsonWebKey, KeyObject } from 'node:crypto';
import { FintechError } from '../../kernel/errors.ts';
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from '../../model/token-request.ts';
import { SECRET_KEY_BYTES } from './client-secrets.ts';
import { importKey, privateJwkOf } from './private-jwk.ts';
import type { SigningKey } from './signing.ts';

/** The private keys of a project: what signs its tokens, and what its client secrets come from. */
export interface PrivateKeys {
  signing: readonly { algorithm: SigningAlgorithm; privateKey: KeyObject }[];
  clientSecrets: Buffer | undefined;
}

const CLIENT_SECRETS_KID = 'client-secrets';

/** A JWK Set with private members (RFC 7517 §5), the key of client secrets as a symmetric one. */
export function privateJwks(
  signing: readonly SigningKey[],
  clientSecrets: Buffer,
): { keys: JsonWebKey[] } {
  const symmetric = {
    kty: 'oct',
    kid: CLIENT_SECRETS_KID,
    k: clientSecrets.toString('base64url'),
  };
  const pairs = signing.map(({ privateKey, algorithm }) => privateJwkOf(privateKey, algorithm));
  return { keys: [...pairs, symmetric] };
}

/**
 * Reads such a set back. A `kid` of its own is not kept: ours say that they are of a sandbox.
 * @throws FintechError KEYS_UNREADABLE, which names the key by its place and quotes nothing
 */
export function readPrivateJwks(value: unknown): PrivateKeys {
  const list: unknown = isObject(value) ? value['keys'] : undefined;
  if (!Array.isArray(list) || list.length === 0 || list.length > SIGNING_ALGORITHMS.length + 1) {
    throw unfit(`it is no JWK Set of 1 to ${SIGNING_ALGORITHMS.length + 1} keys`);
  }
  const keys = list.map((jwk: unknown, index) => readOne(jwk, index + 1));
  const algorithms = keys.map(({ algorithm }) => algorithm);
  const repeated = algorithms.find((name, index) => algorithms.indexOf(name) !== index);
  if (repeated !== undefined) throw unfit(`it has two keys for ${repeated}`);
  return {
    signing: keys.flatMap((key) => ('privateKey' in key ? [key] : [])),
    clientSecrets: keys.flatMap((key) => ('secret' in key ? [key.secret] : [])).at(0),
  };
}

type ReadKey =
  | { algorithm: SigningAlgorithm; privateKey: KeyObject }
  | { algorithm: typeof CLIENT_SECRETS_KID; secret: Buffer };

function readOne(jwk: unknown, place: number): ReadKey {
  if (!isObject(jwk)) throw unfit(`key ${place} is no JSON object`);
  if (jwk['kty'] === 'oct') return readSecret(jwk, place);
  const algorithm = SIGNING_ALGORITHMS.find((name) => name === jwk['alg']);
  if (algorithm === undefined) {
    throw unfit(`key ${place} has no alg of ${SIGNING_ALGORITHMS.join(', ')}`);
  }
  const privateKey = importKey(jwk, algorithm);
  if (privateKey === undefined) throw unfit(`key ${place} is no private key for ${algorithm}`);
  return { algorithm, privateKey };
}

function readSecret({ kid, k }: Record<string, unknown>, place: number): ReadKey {
  const secret = Buffer.from(typeof k === 'string' ? k : '', 'base64url');
  if (kid !== CLIENT_SECRETS_KID || secret.length !== SECRET_KEY_BYTES) {
    throw unfit(`key ${place} is symmetric, and no key of client secrets`);
  }
  return { algorithm: CLIENT_SECRETS_KID, secret };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unfit(why: string): FintechError {
  return new FintechError('KEYS_UNREADABLE', `Cannot import these keys: ${why}.`, {
    hint: 'Give what `fintech keys export --private` printed.',
  });
}
