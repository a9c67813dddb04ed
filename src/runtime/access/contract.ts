/** Why a token was refused. Closed: each has its sentence in `refusal-text.ts`. */
export type RefusalReason =
  | 'missing'
  | 'too-large'
  | 'structure'
  | 'encoding'
  | 'header'
  | 'duplicate-member'
  | 'algorithm'
  | 'critical'
  | 'embedded-key'
  | 'type'
  | 'key-unknown'
  | 'signature'
  | 'claims-format'
  | 'expired'
  | 'not-yet-valid'
  | 'issuer'
  | 'audience'
  | 'claim-missing'
  | 'sender-constrained'
  | 'keys-unavailable';

/** The claims of an accepted access token (RFC 9068 §2.2), times in seconds since the epoch. */
export interface AccessClaims {
  iss: string;
  sub: string;
  aud: string | string[];
  exp: number;
  iat: number;
  jti: string;
  client_id: string;
  /** As it came, well-formed or not; decide by `scopes` of the verdict. */
  scope?: unknown;
  [claim: string]: unknown;
}

/**
 * `detail` is a sentence that holds nothing of the token. A malformed `scope` claim grants nothing.
 * `keys-unavailable` is the one refusal that is not the token's fault: answer 503, fail closed.
 */
export type TokenVerdict =
  | { ok: true; claims: AccessClaims; scopes: ReadonlySet<string> }
  | { ok: false; reason: RefusalReason; detail: string };

/**
 * The strict verifier of access tokens shared by the gateway, the event store, control calls and
 * `token verify`: compact JWS only, explicit algorithms, `typ: at+jwt`, issuer, audience, times with
 * 5 s tolerance. An accepted token is remembered by its SHA-256 until it expires (at most 10,000).
 *
 * Times (RFC 7519 §4.1.4–6), with now in whole seconds: expired once now ≥ exp + 5, so the boundary
 * itself is refused; not yet valid while nbf > now + 5 or iat > now + 5.
 */
export interface TokenVerifier {
  verify(token: string): Promise<TokenVerdict>;
}
