import { createECDH, createPrivateKey, hash, type JsonWebKey } from 'node:crypto';
import type { Random } from '../../kernel/random.ts';
import type { ProofTarget } from '../../model/token-request.ts';
import { signCompact, type SigningKey, type TokenDraft } from './signing.ts';

/** A key of a client that tokens are bound to. */
export interface ProofKey extends SigningKey {
  jwk: JsonWebKey;
  /** RFC 7638; what `cnf.jkt` of a token holds (RFC 9449 §6.1). */
  thumbprint: string;
}

/** A DPoP proof that is not signed yet. */
export interface ProofDraft extends TokenDraft {
  key: ProofKey;
}

/** Makes an ES256 key of randomness that a seed may decide. */
export function makeProofKey(random: Random): ProofKey {
  const jwk = makeJwk(random);
  const { d: _secret, ...publicJwk } = jwk;
  const { crv, kty, x, y } = publicJwk;
  return {
    kid: '',
    algorithm: 'ES256',
    privateKey: createPrivateKey({ key: jwk, format: 'jwk' }),
    jwk: publicJwk,
    thumbprint: hash('sha256', JSON.stringify({ crv, kty, x, y }), 'base64url'),
  };
}

function makeJwk(random: Random): JsonWebKey {
  const d = random.bytes(32);
  const curve = createECDH('prime256v1');
  try {
    curve.setPrivateKey(d);
  } catch {
    // Not below the order of the group, as one of 2³² is.
    return makeJwk(random);
  }
  const point = curve.getPublicKey();
  const text = (bytes: Buffer) => bytes.toString('base64url');
  const [x, y] = [text(point.subarray(1, 33)), text(point.subarray(33))];
  return { kty: 'EC', crv: 'P-256', x, y, d: text(d) };
}

/** The proof for one request with a token (RFC 9449 §4.2). @param issuedAtMs truncated to seconds */
export function draftProof(
  { method, url, nonce }: ProofTarget,
  { token, key, random }: { token: string; key: ProofKey; random: Random },
  issuedAtMs: number,
): ProofDraft {
  return {
    key,
    header: { typ: 'dpop+jwt', alg: key.algorithm, jwk: key.jwk },
    claims: {
      jti: random.uuid(),
      htm: method,
      htu: url.replace(/[?#].*$/s, ''),
      iat: Math.floor(issuedAtMs / 1000),
      ath: hash('sha256', token, 'base64url'),
      ...(nonce === undefined ? {} : { nonce }),
    },
  };
}

export function signProof(draft: ProofDraft): string {
  return signCompact(draft, draft.key);
}
