import { hash } from 'node:crypto';
import { ecKey, NOW_S, segment, signSegments, type TestKey, token } from './issuer.fixture.ts';

/** A client's key, and what a token bound to it says. */
export interface TestHolder {
  key: TestKey;
  cnf: { jkt: string };
}

export function holder(key: TestKey = ecKey('holder')): TestHolder {
  const { crv, e, kty, n, x, y } = key.jwk;
  // RFC 7638 §3.2: required members only, in lexicographic order; JSON leaves undefined out.
  const jkt = hash('sha256', JSON.stringify({ crv, e, kty, n, x, y }), 'base64url');
  return { key, cnf: { jkt } };
}

/** A token of the issuer's key that is bound to a holder. */
export function boundToken(
  issuer: TestKey,
  { cnf }: TestHolder,
  claims: Record<string, unknown> = {},
): string {
  return token(issuer, { claims: { cnf, ...claims } });
}

/** The proof of a holder for `POST http://127.0.0.1:8080/v1/payments`, good unless changed. */
export function proofOf(
  { key }: TestHolder,
  accessToken: string,
  changes: { header?: Record<string, unknown>; claims?: Record<string, unknown> } = {},
): string {
  const { kid: _kid, ...jwk } = key.jwk as Record<string, unknown>;
  const header = { typ: 'dpop+jwt', alg: key.alg, jwk, ...changes.header };
  const claims = {
    jti: 'proof-1',
    htm: 'POST',
    htu: 'http://127.0.0.1:8080/v1/payments',
    iat: NOW_S,
    ath: hash('sha256', accessToken, 'base64url'),
    ...changes.claims,
  };
  return signSegments(key, segment(header), segment(claims));
}
