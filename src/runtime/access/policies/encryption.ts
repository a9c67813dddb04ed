import type { KeyObject } from 'node:crypto';
import { compactDecrypt, decodeProtectedHeader } from 'jose';

const MAX_TOKEN_BYTES = 8192;
/** Nothing that derives keys from passwords, and no RSA with PKCS #1 v1.5 (RFC 8725 §3.2). */
const KEY_ALGORITHMS = ['ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A256KW', 'RSA-OAEP-256'];
const CONTENT_ALGORITHMS = ['A128GCM', 'A256GCM', 'A128CBC-HS256', 'A256CBC-HS512'];
const TOKEN_TYPE = /^(?:application\/)?(?:at\+)?jwt$/i;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The signed token inside of an encrypted one (RFC 7519 §5.2); undefined when there is none. */
export async function decryptToken(token: string, key: KeyObject): Promise<string | undefined> {
  if (token.length > MAX_TOKEN_BYTES || token.split('.', 6).length !== 5) return undefined;
  try {
    const { zip, cty } = decodeProtectedHeader(token);
    // What is compressed could grow without bound (RFC 8725 §3.6).
    if (zip !== undefined || typeof cty !== 'string' || !TOKEN_TYPE.test(cty)) return undefined;
    const { plaintext } = await compactDecrypt(token, key, {
      keyManagementAlgorithms: KEY_ALGORITHMS,
      contentEncryptionAlgorithms: CONTENT_ALGORITHMS,
    });
    return utf8.decode(plaintext);
  } catch {
    return undefined;
  }
}
