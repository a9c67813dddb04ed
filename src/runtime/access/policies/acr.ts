import { TOLERANCE_S } from '../claims.ts';
import type { TokenRefusal } from '../contract.ts';
import { refused } from '../refusal-text.ts';
import type { Policy } from './contract.ts';

/** How the user must have authenticated (RFC 9470 §3); each part is optional. */
export interface AcrPolicy {
  /** One of them must be the token's `acr`. */
  values?: readonly string[];
  /** Seconds since `auth_time`, at most. */
  maxAgeS?: number;
}

export function demandAuthentication(policy: AcrPolicy): Policy {
  const { values, maxAgeS } = policy;
  return ({ claims: { acr, auth_time: authTime }, nowMs }) => {
    if (values !== undefined && !(typeof acr === 'string' && values.includes(acr))) {
      return insufficient('acr', policy);
    }
    if (maxAgeS === undefined) return undefined;
    const ageS = typeof authTime === 'number' ? Math.floor(nowMs / 1000) - authTime : Infinity;
    const isFresh = ageS >= -TOLERANCE_S && ageS <= maxAgeS;
    return isFresh ? undefined : insufficient('auth_time', policy);
  };
}

function insufficient(claim: string, { values, maxAgeS }: AcrPolicy): TokenRefusal {
  return {
    ...refused('authentication', claim),
    parameters: {
      ...(values === undefined ? {} : { acr_values: values.join(' ') }),
      ...(maxAgeS === undefined ? {} : { max_age: String(maxAgeS) }),
    },
  };
}
