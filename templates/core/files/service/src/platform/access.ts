import { createRemoteJWKSet, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { provesPossession } from './proof.ts';

/** Whoever holds the token of a request. */
export interface Caller {
  subject: string;
  clientId: string;
  scopes: ReadonlySet<string>;
}

export type Verdict =
  | { ok: true; caller: Caller }
  | { ok: false; reason: 'missing' | 'invalid' | 'keys-unavailable' };

export interface AccessOptions {
  issuer: string;
  audience: string;
  keys: JWTVerifyGetKey;
}

const CREDENTIALS = /^(Bearer|DPoP) ([A-Za-z0-9._~+/=-]{1,8192})$/i;
/** What no attribute of an event may hold (CloudEvents §3.1); a caller's name goes into one. */
const FORBIDDEN_CHARACTER = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u;
const ALGORITHMS = ['ES256', 'EdDSA', 'PS256', 'RS256'];

/** Two fields of a request. */
export interface Credentials {
  authorization?: string | undefined;
  /** The proof of a token that is bound to a key. */
  dpop?: string | string[] | undefined;
}

/**
 * Judges the token of a request (RFC 6750, RFC 9068, RFC 9449 §7.1). The gateway has done so before; a
 * service that is reached some other way is no less closed.
 */
export async function verifyAccess(
  { authorization, dpop }: Credentials,
  { issuer, audience, keys }: AccessOptions,
): Promise<Verdict> {
  if (authorization === undefined) return { ok: false, reason: 'missing' };
  const [, scheme, token] = CREDENTIALS.exec(authorization) ?? [];
  if (scheme === undefined || token === undefined) return { ok: false, reason: 'invalid' };
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience,
      algorithms: ALGORITHMS,
      typ: 'at+jwt',
      clockTolerance: 5,
      requiredClaims: ['exp', 'iat', 'sub', 'client_id'],
    });
    const { sub, client_id: clientId, scope, cnf } = payload;
    if (scheme.toLowerCase() === 'bearer' ? cnf !== undefined : !isBound(cnf)) {
      return { ok: false, reason: 'invalid' };
    }
    if (isBound(cnf) && !(await provesPossession(dpop, { token, thumbprint: cnf.jkt }))) {
      return { ok: false, reason: 'invalid' };
    }
    if (!isName(sub) || !isName(clientId)) return { ok: false, reason: 'invalid' };
    const scopes = new Set(typeof scope === 'string' ? scope.split(' ') : []);
    return { ok: true, caller: { subject: sub, clientId, scopes } };
  } catch (error) {
    return { ok: false, reason: isTokenFault(error) ? 'invalid' : 'keys-unavailable' };
  }
}

/** Bound to a key of DPoP, and to nothing else. */
function isBound(cnf: unknown): cnf is { jkt: unknown } {
  return typeof cnf === 'object' && cnf !== null && Object.keys(cnf).join() === 'jkt';
}

function isName(claim: unknown): claim is string {
  return typeof claim === 'string' && claim !== '' && !FORBIDDEN_CHARACTER.test(claim);
}

/** The issuer's published keys, cached, fetched again at most every 30 s for an unknown one. */
export function remoteKeys(jwksUrl: string): JWTVerifyGetKey {
  return createRemoteJWKSet(new URL(jwksUrl), { timeoutDuration: 2000, cooldownDuration: 30_000 });
}

/** Without keys nobody can be judged: that is no fault of the token. */
function isTokenFault(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return false;
  return error instanceof errors.JOSEError && error.code !== 'ERR_JOSE_GENERIC';
}
