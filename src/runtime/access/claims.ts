import { FORBIDDEN_CHARACTER } from '../../model/event.ts';
import type { ScopeClaim } from '../../model/config.ts';
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

/**
 * RFC 6749 §3.3: scopes parted by single spaces; in claims of other issuers (`scp`, `permissions`,
 * `realm_access.roles`) a list too. A claim of any other form grants nothing.
 */
export function scopesOf(
  claims: AccessClaims,
  scopeClaim: ScopeClaim = 'scope',
): ReadonlySet<string> {
  const value = scopeClaim.split('.').reduce<unknown>(memberOf, claims);
  const list: unknown[] = typeof value === 'string' ? value.split(' ') : [];
  const scopes = scopeClaim !== 'scope' && Array.isArray(value) ? (value as unknown[]) : list;
  return new Set(scopes.every(isScopeText) ? scopes : []);
}

function memberOf(value: unknown, name: string): unknown {
  const isObject = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
  return isObject ? Reflect.get(value, name) : undefined;
}

function isScopeText(value: unknown): value is string {
  return typeof value === 'string' && isScope(value);
}
