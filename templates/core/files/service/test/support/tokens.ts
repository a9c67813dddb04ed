import {
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTVerifyGetKey,
  SignJWT,
} from 'jose';
import { SCOPES } from '../../src/names.ts';

export const ISSUER = 'http://127.0.0.1:9080';

const { privateKey, publicKey } = await generateKeyPair('ES256');
const jwk: JWK = { ...(await exportJWK(publicKey)), kid: 'test', alg: 'ES256' };
/** The keys the issuer publishes. */
export const publicKeys = { keys: [jwk] };
export const issuerKeys: JWTVerifyGetKey = createLocalJWKSet(publicKeys);

/** An access token as the issuer would sign it, but for what is changed. */
export function tokenWith(
  claims: Record<string, unknown> = {},
  header: Record<string, string> = {},
): Promise<string> {
  const nowS = Math.floor(Date.now() / 1000);
  return new SignJWT({
    iss: ISSUER,
    aud: 'api',
    sub: 'usr_1',
    client_id: 'app',
    jti: 'j',
    iat: nowS,
    exp: nowS + 300,
    scope: Object.values(SCOPES).join(' '),
    ...claims,
  })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'test', ...header })
    .sign(privateKey);
}
