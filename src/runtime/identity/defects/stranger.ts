import { createHmac } from 'node:crypto';
import { FintechError } from '../../../kernel/errors.ts';
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from '../../../model/token-request.ts';
import {
  ALGORITHMS,
  signatureOf,
  type SigningKey,
  signingInput,
  type TokenDraft,
} from '../signing.ts';
import type { SealedToken } from './contract.ts';
import { encoded, withHeader } from './token-parts.ts';

const strangers = new Map<SigningAlgorithm, SigningKey>();

/** A key nobody publishes. Kept: making an RSA pair takes long. */
export function strangerFor(algorithm: SigningAlgorithm): SigningKey {
  const known = strangers.get(algorithm);
  if (known !== undefined) return known;
  const privateKey = ALGORITHMS[algorithm].generate();
  const stranger = { kid: 'sandbox-stranger', algorithm, privateKey };
  strangers.set(algorithm, stranger);
  return stranger;
}

/** The algorithm of a token. @throws FintechError USAGE_INVALID where we cannot sign with it */
export function algorithmOf({ header }: TokenDraft): SigningAlgorithm {
  const algorithm = knownAlgorithm(header);
  if (algorithm !== undefined) return algorithm;
  throw new FintechError('USAGE_INVALID', 'The token is signed in a way that we cannot imitate.', {
    hint: `Known are ${SIGNING_ALGORITHMS.join(', ')}.`,
  });
}

/** An attacker's key: of the token's own kind where we can make one. */
export function attackerOf({ header }: TokenDraft): SigningKey {
  return strangerFor(knownAlgorithm(header) ?? 'ES256');
}

/** The token under these header members, signed by an attacker. */
export function attacked(good: SealedToken, header: Record<string, unknown>): SealedToken {
  const key = attackerOf(good);
  return sealedBy(withHeader(good, { alg: key.algorithm, ...header }), (input) =>
    signatureOf(input, key),
  );
}

/** The token under HS256 with a secret, whatever it was signed with (RFC 7518 §3.2). */
export function hmacSigned(
  good: SealedToken,
  secret: string | Buffer,
  header: Record<string, unknown> = {},
): SealedToken {
  return sealedBy(withHeader(good, { alg: 'HS256', ...header }), (input) =>
    createHmac('sha256', secret).update(input).digest(),
  );
}

export function sealedBy(draft: SealedToken, sign: (input: string) => Buffer): SealedToken {
  const input = signingInput(draft);
  return { ...draft, token: `${input}.${encoded(sign(input))}` };
}

function knownAlgorithm(header: Record<string, unknown>): SigningAlgorithm | undefined {
  return SIGNING_ALGORITHMS.find((name) => name === header['alg']);
}
