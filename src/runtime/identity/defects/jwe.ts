import {
  constants,
  createCipheriv,
  createHash,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';
import { encoded } from './token-parts.ts';

const ENC = 'A256GCM';

/** The key that encrypts the content, and how its reader gets it. */
interface KeyAgreement {
  header: Record<string, unknown>;
  contentKey: Buffer;
  encryptedKey: Buffer;
}

/**
 * Compact serialisation of a JWE (RFC 7516 §7.1) that the holder of a key can read: RSA by
 * RSA-OAEP-256, curves by ECDH-ES. Without a key, or with one that only signs, nobody can.
 */
export function encryptTo(
  jwk: JsonWebKey | undefined,
  plaintext: Buffer,
  header: Record<string, unknown>,
): string {
  const agreement = agreeOn(jwk);
  const members = { ...agreement.header, enc: ENC, ...header };
  const protectedHeader = encoded(JSON.stringify(members));
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', agreement.contentKey, iv);
  cipher.setAAD(Buffer.from(protectedHeader));
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  const parts = [agreement.encryptedKey, iv, ciphertext, cipher.getAuthTag()];
  return [protectedHeader, ...parts.map(encoded)].join('.');
}

function agreeOn(jwk: JsonWebKey | undefined): KeyAgreement {
  const key = jwk && createPublicKey({ key: jwk, format: 'jwk' });
  const kid = jwk?.['kid'] === undefined ? {} : { kid: jwk['kid'] };
  if (key?.asymmetricKeyType === 'rsa') return wrapForRsa(key, kid);
  if (key?.asymmetricKeyType === 'ec') return agreeByCurve(key, kid);
  return {
    header: { alg: 'dir', ...kid },
    contentKey: randomBytes(32),
    encryptedKey: Buffer.alloc(0),
  };
}

/** RFC 7518 §4.3. */
function wrapForRsa(key: KeyObject, kid: object): KeyAgreement {
  const contentKey = randomBytes(32);
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  const encryptedKey = publicEncrypt({ key, padding, oaepHash: 'sha256' }, contentKey);
  return { header: { alg: 'RSA-OAEP-256', ...kid }, contentKey, encryptedKey };
}

/** RFC 7518 §4.6.2: one round of Concat KDF gives the 256 bits. */
function agreeByCurve(publicKey: KeyObject, kid: object): KeyAgreement {
  const namedCurve = publicKey.asymmetricKeyDetails?.namedCurve ?? 'prime256v1';
  const ephemeral = generateKeyPairSync('ec', { namedCurve });
  const secret = diffieHellman({ privateKey: ephemeral.privateKey, publicKey });
  const info = [uint32(ENC.length), Buffer.from(ENC), uint32(0), uint32(0), uint32(256)];
  const contentKey = createHash('sha256')
    .update(Buffer.concat([uint32(1), secret, ...info]))
    .digest();
  const epk = ephemeral.publicKey.export({ format: 'jwk' });
  return {
    header: { alg: 'ECDH-ES', ...kid, epk },
    contentKey,
    encryptedKey: Buffer.alloc(0),
  };
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
