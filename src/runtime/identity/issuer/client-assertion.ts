import { errors, type KoaContextWithOIDC } from 'oidc-provider';

/** FAPI 2.0 Security Profile §5.4.1. */
const FAPI_ALGORITHMS: ReadonlySet<unknown> = new Set(['ES256', 'PS256', 'EdDSA', 'Ed25519']);

/** What FAPI 2.0 demands of `private_key_jwt` beyond RFC 7523 (§5.3.2.1, §5.4.1). */
export function assertClientAssertion(
  { oidc }: KoaContextWithOIDC,
  claims: Record<string, unknown>,
  header: Record<string, unknown>,
): void {
  if (oidc.isFapi('2.0') === undefined) return;
  if (claims['aud'] !== oidc.issuer) {
    throw new errors.InvalidClientAuth('aud must be the issuer, and it alone');
  }
  if (!FAPI_ALGORITHMS.has(header['alg'])) {
    throw new errors.InvalidClientAuth('the algorithm must be one of FAPI 2.0');
  }
}
