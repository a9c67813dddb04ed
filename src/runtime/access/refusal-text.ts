import type { RefusalReason } from './contract.ts';

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
};
