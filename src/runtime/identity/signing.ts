import { constants, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { SigningAlgorithm } from '../../model/token-request.ts';

interface Algorithm {
  isFit(key: KeyObject): boolean;
  generate(): KeyObject;
  sign(input: Buffer, key: KeyObject): Buffer;
}

/** RFC 7518 §3.3 and §3.5: 2048 bits or more. */
const isStrongRsa = (key: KeyObject) =>
  key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048;

const generateRsa = () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

/** How each algorithm makes keys and signatures (RFC 7518 §3.3–3.5, RFC 8037 §3.1). */
export const ALGORITHMS: Readonly<Record<SigningAlgorithm, Algorithm>> = {
  ES256: {
    isFit: (key) => key.asymmetricKeyDetails?.namedCurve === 'prime256v1',
    generate: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
    sign: (input, key) => sign('sha256', input, { key, dsaEncoding: 'ieee-p1363' }),
  },
  EdDSA: {
    isFit: (key) => key.asymmetricKeyType === 'ed25519',
    generate: () => generateKeyPairSync('ed25519').privateKey,
    sign: (input, key) => sign(null, input, key),
  },
  PS256: {
    isFit: isStrongRsa,
    generate: generateRsa,
    sign: (input, key) =>
      sign('sha256', input, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }),
  },
  RS256: {
    isFit: isStrongRsa,
    generate: generateRsa,
    sign: (input, key) => sign('sha256', input, key),
  },
};

/** A private key with the name tokens call it by. */
export interface SigningKey {
  kid: string;
  algorithm: SigningAlgorithm;
  privateKey: KeyObject;
}

/** Header and claims of a token that is not signed yet. */
export interface TokenDraft {
  header: Record<string, unknown>;
  claims: Record<string, unknown>;
}

/** Compact serialisation of a JWS (RFC 7515 §7.1). */
export function signCompact(draft: TokenDraft, key: SigningKey): string {
  const input = signingInput(draft);
  return `${input}.${signatureOf(input, key).toString('base64url')}`;
}

export function signingInput({ header, claims }: TokenDraft): string {
  return `${encodeSegment(header)}.${encodeSegment(claims)}`;
}

export function signatureOf(input: string, key: SigningKey): Buffer {
  return ALGORITHMS[key.algorithm].sign(Buffer.from(input), key.privateKey);
}

function encodeSegment(value: Record<string, unknown>): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
