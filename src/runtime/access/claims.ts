import { FORBIDDEN_CHARACTER } from '../../model/event.ts';
import { isScope } from '../../model/names.ts';
import type { AccessClaims, RefusalReason } from './contract.ts';

/** RFC 9068 §2.2. */
export const REQUIRED_CLAIMS: readonly string[] = [
  'iss',
  'sub',
  'aud',
  'exp',
  'iat',
  'jti',
  'client_id',
];

export const TOLERANCE_S = 5;

/** The year 5138 in seconds; any time beyond it was written in milliseconds. */
const MAX_NUMERIC_DATE = 1e11;

/** A claim that is there but wrong. */
export interface ClaimFault {
  reason: RefusalReason;
  claim: string;
}

/**
 * What `jose` leaves open: the types of claims, times that are no times, `iat` in the future, and
 * names of callers that no event could carry (CloudEvents §3.1).
 */
export function faultOf(claims: Record<string, unknown>, nowS: number): ClaimFault | undefined {
  for (const claim of ['exp', 'iat', 'nbf']) {
    if (claims[claim] !== undefined && !isNumericDate(claims[claim])) {
      return { reason: 'claims-format', claim };
    }
  }
  for (const claim of ['iss', 'sub', 'jti', 'client_id']) {
    const value = claims[claim];
    if (typeof value !== 'string' || value === '') return { reason: 'claims-format', claim };
  }
  for (const claim of ['sub', 'client_id']) {
    if (FORBIDDEN_CHARACTER.test(String(claims[claim]))) return { reason: 'claims-format', claim };
  }
  if (!isAudience(claims['aud'])) return { reason: 'claims-format', claim: 'aud' };
  const isAhead = Number(claims['iat']) > nowS + TOLERANCE_S;
  return isAhead ? { reason: 'not-yet-valid', claim: 'iat' } : undefined;
}

/** RFC 7519 §2: seconds since the epoch; fractions are allowed. */
function isNumericDate(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value < MAX_NUMERIC_DATE;
}

function isAudience(value: unknown): boolean {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.length > 0 && list.every((item) => typeof item === 'string' && item !== '');
}

/** The first whole second at which a token is expired, in milliseconds. */
export function expiryMs(exp: number): number {
  return Math.ceil(exp + TOLERANCE_S) * 1000;
}

/** RFC 6749 §3.3: scopes parted by single spaces. A claim of any other form grants nothing. */
export function scopesOf(claims: AccessClaims): ReadonlySet<string> {
  const scopes = typeof claims.scope === 'string' ? claims.scope.split(' ') : [];
  return new Set(scopes.every(isScope) ? scopes : []);
}
