import { hash } from 'node:crypto';
import { calculateJwkThumbprint, compactVerify } from 'jose';
import { DEFAULT_ALGORITHMS } from '../algorithms.ts';
import { TOLERANCE_S } from '../claims.ts';
import { decodeCompactToken } from '../compact-token.ts';
import type { TokenRefusal, TokenUse } from '../contract.ts';
import { readPublicJwk } from '../key-set.ts';
import { refused } from '../refusal-text.ts';
import type { PresentedToken } from './contract.ts';
import type { DpopNonces } from './dpop-nonces.ts';
import type { ReplayMemory } from './replay-memory.ts';
import { normalPath, readTarget } from './target-uri.ts';

/** How DPoP proofs are checked (RFC 9449 §4.3). */
export interface DpopPolicy {
  /** Whether requests to us are made at this origin; `Host` may say anything. */
  isPublished: (origin: string) => boolean;
  /** The proofs that were taken (§11.1). */
  memory: ReplayMemory;
}

/** How old a proof may be; it may be ahead by as much as any token. */
const MAX_AGE_S = 60;
/** A key that anybody may bring must not cost much to use. */
const MAX_RSA_BITS = 4096;
const MAX_JTI_LENGTH = 256;
/** Members that another key, another form or an extension would need. */
const FOREIGN_MEMBERS = ['crit', 'jku', 'x5c', 'x5u', 'b64', 'zip', 'cty'];

type BoundToken = PresentedToken & { jkt: unknown };

/**
 * Checks the proof that comes with a bound token: the numbered checks of RFC 9449 §4.3 in their
 * order, then §11.1. A refusal names the member that is wrong, and nothing of the proof.
 */
export async function judgeProof(
  bound: BoundToken,
  policy: DpopPolicy & { nonces: DpopNonces | undefined },
): Promise<TokenRefusal | undefined> {
  const { token, use, nowMs, jkt } = bound;
  const [proof, ...others] = use.proofs;
  if (proof === undefined || others.length > 0) return refused('proof-missing'); // (1)
  const signed = await readProof(proof);
  if ('fault' in signed) return refused('proof-invalid', signed.fault);
  const { claims, thumbprint } = signed;
  const { jti, iat, nonce, ath } = claims;
  const fault = faultOfRequest(claims, use, policy);
  if (fault !== undefined) return refused('proof-invalid', fault);
  if (policy.nonces !== undefined && !policy.nonces.isGood(nonce, nowMs)) {
    return { ...refused('proof-nonce'), nonce: policy.nonces.current(nowMs) }; // (10)
  }
  const ageS = Math.floor(nowMs / 1000) - iat;
  if (ageS > MAX_AGE_S || ageS < -TOLERANCE_S) return refused('proof-invalid', 'iat'); // (11)
  if (ath !== hash('sha256', token, 'base64url')) return refused('proof-invalid', 'ath'); // (12)
  if (jkt !== thumbprint) return refused('proof-key');
  const untilMs = (Math.ceil(iat) + MAX_AGE_S + 1) * 1000;
  const taken = policy.memory.take(`${thumbprint} ${jti}`, untilMs, nowMs);
  if (taken === 'full') return refused('memory-full');
  return taken === 'new' ? undefined : refused('proof-invalid', 'jti');
}

interface ProofClaims {
  jti: string;
  htm: string;
  htu: string;
  iat: number;
  [claim: string]: unknown;
}

/** The claims of a proof and the thumbprint of the key that signed it, or what is wrong with it. */
async function readProof(
  proof: string,
): Promise<{ claims: ProofClaims; thumbprint: string } | { fault: string }> {
  const decoded = decodeCompactToken(proof);
  if (!decoded.ok) return { fault: 'form' }; // (2)
  const { header, payload } = decoded;
  const claims = readClaims(payload);
  if (typeof claims === 'string') return { fault: claims }; // (3)
  if (header['typ'] !== 'dpop+jwt') return { fault: 'typ' }; // (4)
  const { alg, jwk } = header;
  if (typeof alg !== 'string' || !DEFAULT_ALGORITHMS.includes(alg)) return { fault: 'alg' }; // (5)
  const foreign = FOREIGN_MEMBERS.find((member) => Object.hasOwn(header, member));
  if (foreign !== undefined) return { fault: foreign };
  if (typeof jwk !== 'object' || jwk === null) return { fault: 'jwk' };
  const usable = readPublicJwk({ ...jwk }); // (7)
  if (typeof usable === 'string' || !usable.algorithms.has(alg)) return { fault: 'jwk' };
  if ((usable.key.asymmetricKeyDetails?.modulusLength ?? 0) > MAX_RSA_BITS) return { fault: 'jwk' };
  try {
    await compactVerify(proof, usable.key, { algorithms: [alg] }); // (6)
    return { claims, thumbprint: await calculateJwkThumbprint(jwk, 'sha256') };
  } catch {
    return { fault: 'signature' };
  }
}

/** The claims every proof has (RFC 9449 §4.2), or the one that is missing or wrong. */
function readClaims(claims: Record<string, unknown>): ProofClaims | string {
  const { jti, htm, htu, iat } = claims;
  if (typeof jti !== 'string' || jti === '' || jti.length > MAX_JTI_LENGTH) return 'jti';
  if (typeof htm !== 'string') return 'htm';
  if (typeof htu !== 'string') return 'htu';
  if (typeof iat !== 'number') return 'iat';
  return { ...claims, jti, htm, htu, iat };
}

function faultOfRequest(
  { htm, htu }: ProofClaims,
  use: TokenUse,
  { isPublished }: DpopPolicy,
): string | undefined {
  if (htm !== use.method) return 'htm'; // (8)
  const target = readTarget(htu);
  const isOurs = target !== undefined && isPublished(target.origin);
  return isOurs && target.path === normalPath(use.path) ? undefined : 'htu'; // (9)
}
