import type { SigningAlgorithm } from './token-request.ts';

/** What an API must have for a defect to mean something to it; `--has` names those that it has. */
export const NEEDS = [
  /** It checks DPoP proofs (RFC 9449). */
  'dpop',
  /** It asks for a nonce of its own in DPoP proofs (RFC 9449 §9). */
  'dpop-nonce',
  /** It checks client certificates (RFC 8705 §3). */
  'mtls',
  /** It takes each `jti` once. */
  'single-use',
  /** It asks the issuer whether a token was revoked (RFC 7662). */
  'revocation',
  /** It asks for an authentication class or age (RFC 9470). */
  'acr',
  /** It limits how long tokens live. */
  'lifetime',
  /** It wants to be the only audience. */
  'sole-audience',
  /** It knows which clients may come. */
  'client',
  /** It binds requests to `authorization_details` or a consent (RFC 9396). */
  'consent',
  /** It knows who may act for whom (RFC 8693 §4.1). */
  'actor',
  /** It keeps the resources of subjects apart. */
  'ownership',
  /** It reads tokens out of form-encoded bodies (RFC 6750 §2.2). */
  'form-body',
  /** It takes encrypted tokens only (RFC 7519 §5.2). */
  'encryption',
] as const;
export type Need = (typeof NEEDS)[number];

/** The right answer to a defective token; `scheme` and `error` are those of `WWW-Authenticate`. */
export interface ExpectedAnswer {
  /** 200 where the token must be accepted. */
  status: number;
  scheme: 'Bearer' | 'DPoP' | null;
  error: string | null;
  /** Other statuses that are as right, such as 431 for a header that is too large. */
  or?: readonly number[];
}

/** A defect as `token defects --json` lists it. */
export interface DefectEntry {
  /** `group/name`. */
  id: string;
  /** Row of the catalogue it belongs to: `S3`, `C8`. */
  class: string;
  title: string;
  /** Where it is written that such a token must be refused, or accepted. */
  sources: readonly string[];
  /**
   * `sign`: making it takes the issuer's key. `any-token`: any good token will do.
   * `issuer`: it is a request to the issuer, or an answer of it.
   */
  from: 'sign' | 'any-token' | 'issuer';
  /** Whether `token mint --defect` makes it. */
  mintable: boolean;
  needs: readonly Need[];
  /** The algorithms it can be made for; all where it is left out. */
  algorithms?: readonly SigningAlgorithm[];
  /** The good request itself, sent a second time: the answer to that one counts. */
  repeated?: true;
  expect: ExpectedAnswer;
}
