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
  | 'keys-unavailable'
  | PolicyReason;

/** Reasons that only a verifier with the policy of that name gives (`policies/contract.ts`). */
export type PolicyReason =
  | 'scheme'
  | 'proof-missing'
  | 'proof-invalid'
  | 'proof-key'
  | 'proof-nonce'
  | 'certificate'
  | 'replayed'
  | 'memory-full'
  | 'revoked'
  | 'status-unavailable'
  | 'authentication'
  | 'lifetime'
  | 'audience-shared'
  | 'client'
  | 'consent'
  | 'actor'
  | 'owner'
  | 'encryption';

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

/** What of a request decides, besides the token, whether a policy lets it in. */
export interface TokenUse {
  scheme: 'Bearer' | 'DPoP';
  method: string;
  /** Path of the request target, without its query. */
  path: string;
  /** Every `DPoP` field, not joined. */
  proofs: readonly string[];
  /** SHA-256 of the client certificate of the connection, base64url (RFC 8705 §3.1). */
  certificate?: string | undefined;
}

/**
 * `detail` is a sentence that holds nothing of the token. A malformed `scope` claim grants nothing.
 * `keys-unavailable`, `status-unavailable` and `memory-full` are not the token's fault: answer 503,
 * fail closed.
 */
export type TokenVerdict =
  | { ok: true; claims: AccessClaims; scopes: ReadonlySet<string> }
  | TokenRefusal;

export interface TokenRefusal {
  ok: false;
  reason: RefusalReason;
  detail: string;
  /** Further parameters of the challenge, such as `max_age` (RFC 9470 §3). */
  parameters?: Readonly<Record<string, string>>;
  /** For the `DPoP-Nonce` field of the answer (RFC 9449 §9). */
  nonce?: string;
}

/**
 * The strict verifier of access tokens shared by the gateway, the event store, control calls and
 * `token verify`: compact JWS only, explicit algorithms, `typ: at+jwt`, issuer, audience, times with
 * 5 s tolerance. An accepted token is remembered by its SHA-256 until it expires (at most 10,000).
 *
 * Times (RFC 7519 §4.1.4–6), with now in whole seconds: expired once now ≥ exp + 5, so the boundary
 * itself is refused; not yet valid while nbf > now + 5 or iat > now + 5.
 *
 * Policies are off by default. They look at every use of a token, remembered or not.
 */
export interface TokenVerifier {
  /** @param use a bearer token without anything else where it is left out */
  verify(token: string, use?: TokenUse): Promise<TokenVerdict>;
  /** Algorithms of DPoP proofs; absent where the scheme DPoP is not known. */
  readonly proofAlgorithms?: readonly string[] | undefined;
}
