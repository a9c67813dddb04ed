import type { PolicyReason, RefusalReason, TokenRefusal } from './contract.ts';

/** What only policies say. */
export const POLICY_TEXT: Readonly<Record<PolicyReason, string>> = {
  scheme:
    'The token is bound to a key and was sent as Bearer, or is not bound and was sent as DPoP.',
  'proof-missing': 'The token is bound to a key, and the request does not carry one DPoP proof.',
  'proof-invalid': 'The DPoP proof is not valid for this request.',
  'proof-key': 'The DPoP proof is signed by another key than the token is bound to.',
  'proof-nonce': 'The DPoP proof lacks the nonce of this server.',
  certificate: 'The token is bound to a client certificate that this connection did not show.',
  replayed: 'The token was used before, and each may be used once.',
  'memory-full': 'Too many are remembered at the moment to tell whether this one was used before.',
  revoked: 'The token is no longer active.',
  'status-unavailable': 'The issuer cannot be asked at the moment whether the token is active.',
  authentication: 'The user did not authenticate in the way or at the time that this needs.',
  lifetime: 'The token lives longer than is allowed.',
  'audience-shared': 'The token is meant for others too.',
  client: 'The client of the token may not come here.',
  consent: 'The token does not authorize this very operation.',
  actor: 'The actor of the token may not act here for its subject.',
  owner: 'The resource belongs to somebody else.',
  encryption: 'The token is not encrypted for this API.',
};

/** One sentence for each reason, fit for `error_description` (RFC 6750 §3: no quote, no backslash). */
export const REFUSAL_TEXT: Readonly<Record<RefusalReason, string>> = {
  missing: 'The request carries no access token.',
  'too-large': 'The token is longer than 8 KiB.',
  structure: 'The token is not three non-empty segments joined by dots.',
  encoding: 'A segment of the token is not canonical base64url.',
  header: 'The header of the token is not a JSON object of the members a JWT may have.',
  'duplicate-member': 'A member of the token appears twice.',
  algorithm: 'The algorithm of the token is not allowed, or does not fit its key.',
  critical: 'The token lists critical extensions (crit), and none is supported.',
  'embedded-key': 'The token brings or points to its own key (jwk, jku, x5c, x5u).',
  type: 'The token is not of the type an access token has.',
  'key-unknown': 'The token names no usable key of its issuer.',
  signature: 'The signature of the token does not match.',
  'claims-format':
    'The claims of the token are not a JSON object of the right types and characters.',
  expired: 'The token has expired.',
  'not-yet-valid': 'The token is not valid yet.',
  issuer: 'The token is from another issuer.',
  audience: 'The token is meant for another audience.',
  'claim-missing': 'The token lacks a claim that every access token has.',
  'sender-constrained': 'The token is bound to a key (cnf), and no proof of that key was checked.',
  'keys-unavailable': 'The keys of the issuer cannot be had at the moment.',
  ...POLICY_TEXT,
};

/** @param about a claim or member we ask for by name; nothing of the token */
export function refused(reason: RefusalReason, about?: string): TokenRefusal {
  const named = about === undefined ? '' : ` (${about})`;
  return { ok: false, reason, detail: REFUSAL_TEXT[reason].replace(/\.$/, `${named}.`) };
}
