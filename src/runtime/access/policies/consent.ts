import { isDeepStrictEqual } from 'node:util';
import type { AccessClaims, TokenUse } from '../contract.ts';
import { refused } from '../refusal-text.ts';
import { scopesOf } from '../claims.ts';
import type { Policy } from './contract.ts';

/** What a request does, as far as the token must have been authorized for it; each is optional. */
export interface ConsentPolicy {
  /**
   * One of the token's `authorization_details` must be of this `type`, and equal in every member
   * named here (RFC 9396 §2, §9.1); more may stand beside them.
   */
  details?: (use: TokenUse) => Readonly<Record<string, unknown>> | undefined;
  /** The consent a request belongs to, which the token must name: `<prefix>:<id>` or a claim. */
  consentId?: (use: TokenUse) => string | undefined;
}

/** Claims and scope prefixes by which tokens name a consent: UK Open Banking, Berlin Group §13.1. */
const CONSENT_CLAIMS = ['consent_id', 'openbanking_intent_id'];
const CONSENT_SCOPES = ['AIS', 'PIS', 'PIIS', 'consent'];

export function demandConsent({ details, consentId }: ConsentPolicy): Policy {
  return ({ claims, use }) => {
    const wanted = details?.(use);
    if (wanted !== undefined && !grants(claims['authorization_details'], wanted)) {
      return refused('consent', 'authorization_details');
    }
    const id = consentId?.(use);
    return id === undefined || namesConsent(claims, id)
      ? undefined
      : refused('consent', 'the consent');
  };
}

function grants(granted: unknown, wanted: Readonly<Record<string, unknown>>): boolean {
  if (!Array.isArray(granted)) return false;
  return granted.some(
    (detail: unknown) =>
      typeof detail === 'object' &&
      detail !== null &&
      Object.entries(wanted).every(
        ([member, value]) =>
          Object.hasOwn(detail, member) && isDeepStrictEqual(Reflect.get(detail, member), value),
      ),
  );
}

function namesConsent(claims: AccessClaims, id: string): boolean {
  const scopes = scopesOf(claims);
  return (
    CONSENT_CLAIMS.some((claim) => claims[claim] === id) ||
    CONSENT_SCOPES.some((prefix) => scopes.has(`${prefix}:${id}`))
  );
}
