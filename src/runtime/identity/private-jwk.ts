import { createPrivateKey, hash, type JsonWebKey, type KeyObject } from 'node:crypto';
import type { SigningAlgorithm } from '../../model/token-request.ts';
import { ALGORITHMS } from './signing.ts';

/** The public half of a key, as a JWK Set holds it (RFC 7517 §4): nothing private, ever. */
export interface PublicJwk {
  kty: string;
  kid: string;
  alg: SigningAlgorithm;
  use: 'sig';
  [member: string]: string;
}

/** The private key of a JWK that is fit for the algorithm; undefined when it is not. */
export function importKey(jwk: JsonWebKey, algorithm: SigningAlgorithm): KeyObject | undefined {
  try {
    const key = createPrivateKey({ key: jwk, format: 'jwk' });
    return ALGORITHMS[algorithm].isFit(key) ? key : undefined;
  } catch {
    return undefined;
  }
}

export function privateJwkOf(key: KeyObject, algorithm: SigningAlgorithm): JsonWebKey {
  const jwk = key.export({ format: 'jwk' });
  return { kid: kidOf(jwk), alg: algorithm, use: 'sig', ...jwk };
}

export function publicJwkOf(jwk: JsonWebKey, algorithm: SigningAlgorithm): PublicJwk {
  const named = { ...publicMembers(jwk), kid: kidOf(jwk), alg: algorithm, use: 'sig' };
  return named as PublicJwk;
}

/** Says that it is of a sandbox; the rest is a JWK thumbprint (RFC 7638), cut to stay readable. */
export function kidOf(jwk: JsonWebKey): string {
  const thumbprint = hash('sha256', JSON.stringify(publicMembers(jwk)), 'base64url');
  return `sandbox-${thumbprint.slice(0, 16)}`;
}

/** The public members of EC, OKP and RSA keys, in the order of a thumbprint. */
function publicMembers(jwk: JsonWebKey): JsonWebKey {
  const names = ['crv', 'e', 'kty', 'n', 'x', 'y'] as const;
  return Object.fromEntries(
    names.flatMap((name) => (jwk[name] === undefined ? [] : [[name, jwk[name]]])),
  );
}

/** An object of JSON. The parser's own message would quote the key, so it is dropped. */
export function parseJwk(text: string): JsonWebKey | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? ((value ?? undefined) as JsonWebKey | undefined) : undefined;
  } catch {
    return undefined;
  }
}
