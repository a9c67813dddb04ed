import { createPrivateKey, type JsonWebKey, type webcrypto } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { FintechError } from '../kernel/errors.ts';
import type { Context } from './context.ts';

const ALGORITHMS = {
  EC: { name: 'ECDSA', namedCurve: 'P-256' },
  OKP: { name: 'Ed25519' },
  RSA: { name: 'RSA-PSS', hash: 'SHA-256' },
} as const;

/**
 * A private key to sign with, and its `kid`.
 * @throws FintechError KEYS_UNREADABLE, without any of the file
 */
export async function readPrivateJwk(
  { cwd }: Context,
  file: string,
): Promise<{ key: webcrypto.CryptoKey; kid?: string }> {
  try {
    const text = await readFile(resolve(cwd, file), 'utf8');
    const jwk = JSON.parse(text) as JsonWebKey & { kid?: string; kty: keyof typeof ALGORITHMS };
    const privateKey = createPrivateKey({ key: jwk, format: 'jwk' });
    const key = privateKey.toCryptoKey(ALGORITHMS[jwk.kty], false, ['sign']);
    return jwk.kid === undefined ? { key } : { key, kid: jwk.kid };
  } catch {
    const message = `${file} holds no private key of P-256, Ed25519 or RSA`;
    throw new FintechError('KEYS_UNREADABLE', message, {
      hint: 'Name a file with one private JWK (RFC 7517).',
    });
  }
}
