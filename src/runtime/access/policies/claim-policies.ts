import type { TokenUse } from '../contract.ts';
import { refused } from '../refusal-text.ts';
import type { Policy } from './contract.ts';

/** FAPI 2.0 Security Profile §5.3.2.1 asks for short lives; how short is the API's choice. */
export function limitLifetime(maxS: number): Policy {
  return ({ claims: { exp, iat } }) => (exp - iat > maxS ? refused('lifetime', 'exp') : undefined);
}

/** RFC 9068 §4 lets others stand beside us in `aud`; who shares no tokens with them refuses that. */
export const demandSoleAudience: Policy = ({ claims: { aud } }) =>
  Array.isArray(aud) && aud.length > 1 ? refused('audience-shared', 'aud') : undefined;

/** `azp`, where it is there, is the client too (OpenID Connect Core §2). */
export function demandClient(allowed: ReadonlySet<string>): Policy {
  return ({ claims: { client_id: clientId, azp } }) => {
    if (!allowed.has(clientId)) return refused('client', 'client_id');
    return azp === undefined || azp === clientId ? undefined : refused('client', 'azp');
  };
}

/** OWASP API1: a good token opens what belongs to its subject, nothing else. */
export function demandOwner(ownerOf: (use: TokenUse) => string | undefined): Policy {
  return ({ claims, use }) => {
    const owner = ownerOf(use);
    return owner === undefined || owner === claims.sub ? undefined : refused('owner');
  };
}
