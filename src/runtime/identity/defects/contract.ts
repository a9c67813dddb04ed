import type { JsonWebKey } from 'node:crypto';
import type { Random } from '../../../kernel/random.ts';
import type { DefectEntry, ExpectedAnswer } from '../../../model/token-defect.ts';
import type { Carriage, MintedToken } from '../../../model/token-request.ts';
import type { ProofDraft } from '../dpop-proof.ts';
import type { SigningKey, TokenDraft } from '../signing.ts';

/** What a defect is made with. */
export interface Workbench {
  random: Random;
  /** The published key that proves the good token; undefined where its issuer publishes none. */
  publicJwk: JsonWebKey | undefined;
  /** Every key that its issuer publishes. */
  published?: readonly JsonWebKey[];
  /** Where a token's `jku` and the like lead; a server there sees who follows them. */
  callback?: string | undefined;
}

/** A token that holds this header and these claims, whatever proves it. */
export interface SealedToken extends TokenDraft {
  token: string;
}

/**
 * One way in which a token is broken, and only that one. Its twin is the token of the same request
 * without it, which an API must accept. Several may be combined: every `edit` is made in turn, then
 * one `seal`, then every `forge` by its slot, then one `prove`, then one `carry`. A token is bound to
 * a key of ours, and has a proof, where one of them needs `dpop`.
 */
export type Defect = Entry & (SignedDefect | ForgedDefect | CarriedDefect);

export type Entry = Omit<DefectEntry, 'from' | 'mintable'>;

/**
 * What of a token a defect makes anew, in this order; no two of one token may make the same.
 * `proof`: what is signed, and by what, as `seal` does. `signature`: its bytes. `form`: how the whole
 * is written. `dpop-proof`: what proves that its holder sent it, as `prove` does.
 */
export const SLOTS = ['proof', 'signature', 'form', 'dpop-proof'] as const;
export type Slot = (typeof SLOTS)[number];

/** Made before or in place of signing, so with the issuer's key. */
export interface SignedDefect {
  from: 'sign';
  /** Changes header or claims before the token is signed. */
  edit?: (draft: TokenDraft, bench: Workbench) => TokenDraft;
  /** Puts the token together in place of `signCompact`. */
  seal?: (draft: TokenDraft, key: SigningKey, bench: Workbench) => string;
  /** Makes the DPoP proofs of the request in place of the one good one. */
  prove?: (good: ProofDraft, bench: Workbench) => readonly string[];
  carry?: (minted: MintedToken, bench: Workbench) => Carriage;
}

/** Made of a good token that anybody signed. */
export interface ForgedDefect {
  from: 'any-token';
  slot: Slot;
  forge: (good: SealedToken, bench: Workbench) => SealedToken;
}

/** A good token that is sent in a wrong way: not minted, only sent. */
export interface CarriedDefect {
  from: 'any-token';
  carry: (minted: MintedToken, bench: Workbench) => Carriage;
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

/** The token names no right that the request needs; RFC 6750 §3.1 leaves a malformed claim to 401. */
export const NO_SCOPE: ExpectedAnswer = { ...INSUFFICIENT_SCOPE, or: [401] };

/** What cannot be sent as RFC 6750 §2.1 has it; a server that looks only at the token says 401. */
export const NOT_A_BEARER: ExpectedAnswer = {
  status: 400,
  scheme: 'Bearer',
  error: 'invalid_request',
  or: [401],
};

export const ACCEPTED: ExpectedAnswer = { status: 200, scheme: null, error: null };

/** Whether a token with it is bound to a key, and sent with a proof (RFC 9449). */
export function isAboutProofs({ needs }: Pick<Defect, 'needs'>): boolean {
  return needs.includes('dpop');
}

/** Whether `token mint --defect` makes it. */
export function isMintable(defect: Defect): boolean {
  return !('carry' in defect) || defect.from === 'sign';
}
