import { generateKeyPairSync, type JsonWebKey, type KeyObject, sign } from 'node:crypto';

/** A signing key of a test, with the JWK an issuer would publish. */
export interface TestKey {
  kid: string;
  alg: string;
  privateKey: KeyObject;
  jwk: JsonWebKey;
}

export const ISSUER = 'http://127.0.0.1:9/issuer';
export const AUDIENCE = 'api';
/** 2027-01-01T00:00:00Z, where a ManualClock starts. */
export const NOW_S = 1_798_761_600;

export function ecKey(kid: string, namedCurve = 'P-256'): TestKey {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve });
  const alg = namedCurve === 'P-256' ? 'ES256' : 'ES384';
  return { kid, alg, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid } };
}

export function edKey(kid: string): TestKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return { kid, alg: 'EdDSA', privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid } };
}

export function rsaKey(kid: string, options: { bits?: number; exponent?: number } = {}): TestKey {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: options.bits ?? 2048,
    publicExponent: options.exponent ?? 65537,
  });
  return { kid, alg: 'RS256', privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid } };
}

export function goodHeader(key: TestKey): Record<string, unknown> {
  return { alg: key.alg, kid: key.kid, typ: 'at+jwt' };
}

export function goodClaims(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    iss: ISSUER,
    sub: 'usr_1',
    aud: AUDIENCE,
    exp: NOW_S + 300,
    iat: NOW_S,
    jti: 'jti-1',
    client_id: 'app',
    scope: 'payments:read payments:write',
    ...changes,
  };
}

/** Base64url of a text, or of a value as JSON. */
export function segment(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString(
    'base64url',
  );
}

/** Signs two segments as they are, however wrong they be. */
export function signSegments(key: TestKey, header: string, payload: string): string {
  const input = Buffer.from(`${header}.${payload}`);
  return `${header}.${payload}.${signatureOf(key, input).toString('base64url')}`;
}

/** A signed token, good unless the changes make it otherwise. */
export function token(
  key: TestKey,
  changes: { header?: Record<string, unknown>; claims?: Record<string, unknown> } = {},
): string {
  const header = { ...goodHeader(key), ...changes.header };
  return signSegments(key, segment(header), segment(goodClaims(changes.claims)));
}

function signatureOf({ alg, privateKey }: TestKey, input: Buffer): Buffer {
  if (alg === 'EdDSA') return sign(null, input, privateKey);
  const hash = alg === 'ES384' ? 'sha384' : 'sha256';
  if (alg.startsWith('ES'))
    return sign(hash, input, { key: privateKey, dsaEncoding: 'ieee-p1363' });
  if (alg === 'RS256') return sign(hash, input, privateKey);
  return sign(hash, input, { key: privateKey, padding: 6, saltLength: 32 });
}
