import type { SigningKey, TokenDraft } from '../signing.ts';

/** What an API must answer to a defective token (RFC 6750 §3.1). */
export interface ExpectedAnswer {
  status: 401 | 403;
  scheme: 'Bearer';
  error: 'invalid_token' | 'insufficient_scope';
}

/**
 * One way in which a token is broken, and only that one. Its twin is the token of the same
 * request without it, which an API must accept.
 */
export interface Defect {
  /** `group/name`. */
  id: string;
  /** Row of the catalogue it belongs to: `S3`, `C8`. */
  class: string;
  title: string;
  /** Where it is written that such a token must be refused. */
  sources: readonly string[];
  /** `sign`: making it takes the issuer's key; `any-token`: any good token will do. */
  from: 'sign' | 'any-token';
  /** What an API must have for the defect to mean something. */
  needs: readonly string[];
  expect: ExpectedAnswer;
  /** Changes header or claims before the token is signed. */
  edit?: (draft: TokenDraft) => TokenDraft;
  /** Puts the token together in place of `signCompact`. @param good the draft before `edit` */
  seal?: (draft: TokenDraft, key: SigningKey, good: TokenDraft) => string;
}

export const INVALID_TOKEN: ExpectedAnswer = {
  status: 401,
  scheme: 'Bearer',
  error: 'invalid_token',
};

export const INSUFFICIENT_SCOPE: ExpectedAnswer = {
  status: 403,
  scheme: 'Bearer',
  error: 'insufficient_scope',
};
