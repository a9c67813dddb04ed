import { FintechError } from '../../../kernel/errors.ts';
import { signatureOf, type SigningKey, type TokenDraft } from '../signing.ts';
import type { SealedToken } from './contract.ts';

export function withHeader<T extends TokenDraft>(draft: T, header: Record<string, unknown>): T {
  return { ...draft, header: { ...draft.header, ...header } };
}

export function withoutHeader<T extends TokenDraft>(draft: T, member: string): T {
  const { [member]: _left, ...header } = draft.header;
  return { ...draft, header };
}

export function withClaims<T extends TokenDraft>(draft: T, claims: Record<string, unknown>): T {
  return { ...draft, claims: { ...draft.claims, ...claims } };
}

/** @throws FintechError USAGE_INVALID where the token never had it */
export function withoutClaim<T extends TokenDraft>(draft: T, claim: string): T {
  const { [claim]: left, ...claims } = draft.claims;
  if (left === undefined) {
    throw nothingToBreak(`The token has no ${claim} that could be left out.`);
  }
  return { ...draft, claims };
}

/** A text claim. @throws FintechError USAGE_INVALID where it is none */
export function textClaim(draft: TokenDraft, claim: string): string {
  const value = draft.claims[claim];
  if (typeof value === 'string' && value !== '') return value;
  throw nothingToBreak(`The token has no ${claim} that could be changed.`);
}

export function numberClaim(draft: TokenDraft, claim: string): number {
  const value = draft.claims[claim];
  if (typeof value === 'number') return value;
  throw nothingToBreak(`The token has no ${claim} that could be changed.`);
}

export function nothingToBreak(message: string): FintechError {
  return new FintechError('USAGE_INVALID', message, {
    hint: 'A defect needs a good token to differ from.',
  });
}

/** What the signature is of: all before the last dot. */
export function inputOf({ token }: SealedToken): string {
  return token.slice(0, token.lastIndexOf('.'));
}

/** @throws FintechError USAGE_INVALID where another defect left none */
export function signatureIn({ token }: SealedToken): Buffer {
  const bytes = Buffer.from(token.slice(token.lastIndexOf('.') + 1), 'base64url');
  if (bytes.length >= 32) return bytes;
  throw nothingToBreak('The token has no signature that could be broken.');
}

export function withSignature(good: SealedToken, signature: Buffer): SealedToken {
  return { ...good, token: `${inputOf(good)}.${signature.toString('base64url')}` };
}

/** The three segments of a token. @throws FintechError USAGE_INVALID where it has others */
export function segmentsOf({
  token,
}: SealedToken): [header: string, payload: string, rest: string] {
  const [header, payload, signature, ...others] = token.split('.');
  if (header === undefined || payload === undefined || signature === undefined || others.length) {
    throw nothingToBreak('The token does not have three segments.');
  }
  return [header, payload, signature];
}

export function encoded(text: string | Buffer): string {
  return Buffer.from(text).toString('base64url');
}

/** Truly signed, whatever is in it. */
export function sealBytes(
  header: string | Buffer,
  payload: string | Buffer,
  key: SigningKey,
): string {
  const input = `${encoded(header)}.${encoded(payload)}`;
  return `${input}.${encoded(signatureOf(input, key))}`;
}
