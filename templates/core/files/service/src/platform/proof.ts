import { createHash } from 'node:crypto';
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from 'jose';

const ALGORITHMS = ['ES256', 'EdDSA', 'PS256', 'RS256'];

/**
 * Whether a DPoP proof is by the key that a token is bound to, and about this token (RFC 9449 §4.3).
 * Its method, address, age and one use are judged by the gateway, which knows its own address.
 */
export async function provesPossession(
  proof: unknown,
  { token, thumbprint }: { token: string; thumbprint: unknown },
): Promise<boolean> {
  if (typeof proof !== 'string') return false;
  try {
    const options = { typ: 'dpop+jwt', algorithms: ALGORITHMS };
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, options);
    const hash = createHash('sha256').update(token).digest('base64url');
    const { jwk } = protectedHeader;
    if (jwk === undefined || payload['ath'] !== hash) return false;
    return (await calculateJwkThumbprint(jwk)) === thumbprint;
  } catch {
    return false;
  }
}
