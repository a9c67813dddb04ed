import {
  createPublicKey,
  generateKeyPairSync,
  hash,
  type JsonWebKey,
  type KeyObject,
  sign,
} from 'node:crypto';
import type { Defect } from './contract.ts';
import { forged } from './entries.ts';
import { rocaKey } from './roca-key.ts';
import { hmacSigned, sealedBy } from './stranger.ts';
import { withHeader } from './token-parts.ts';

/** A key that no verifier may use, even where it is published. */
export interface UnfitKey {
  kid: string;
  alg: 'RS256';
  /** As its issuer would publish it. */
  jwk: JsonWebKey;
  sign: (input: string) => Buffer;
}

export type UnfitKind =
  | 'rsa-1024'
  | 'rsa-exponent-1'
  | 'rsa-exponent-3'
  | 'rsa-roca'
  | 'for-encryption'
  | 'not-for-verifying';
const made = new Map<UnfitKind, UnfitKey>();

/** Made when first asked for: its token is only worth trying while the same key is published. */
export function unfitKey(kind: UnfitKind): UnfitKey {
  const known = made.get(kind);
  if (known !== undefined) return known;
  const key = makeUnfit(kind);
  made.set(kind, key);
  return key;
}

const WEAK = ['RFC 7518 §3.3', 'RFC 8725 §3.5'];
const ROCA = ['CVE-2017-15361', 'RFC 8725 §3.5'];
const USE = ['RFC 7517 §4.2', 'RFC 7517 §4.3'];
const SECRETS = {
  empty: '',
  short: 'a',
  dictionary: 'secret',
  password: 'password',
  example: 'your-256-bit-secret',
};

/** Tokens that a weak secret, or a key for something else, has signed. */
export const WEAK_KEY_DEFECTS: readonly Defect[] = [
  ...Object.entries(SECRETS).map(([name, secret]) =>
    forged(
      {
        id: `hmac/${name}`,
        class: 'S32',
        title: `HS256 with the secret "${secret}"`,
        sources: ['RFC 7518 §3.2', 'RFC 8725 §2.2', 'RFC 8725 §3.5'],
      },
      'proof',
      (good) => hmacSigned(good, secret),
    ),
  ),
  unfit('weak/rsa-1024', 'S33', 'rsa-1024', 'Signed by an RSA key of 1024 bits'),
  unfit('weak/rsa-exponent-1', 'S33', 'rsa-exponent-1', 'RSA with the exponent 1: no key needed'),
  unfit('weak/rsa-exponent-3', 'S33', 'rsa-exponent-3', 'Signed by an RSA key of exponent 3'),
  unfit('weak/rsa-roca', 'S33', 'rsa-roca', 'Signed by an RSA key that can be factored (ROCA)'),
  unfit('key/for-encryption', 'S35', 'for-encryption', 'Signed by a key for encryption (use)'),
  unfit(
    'key/not-for-verifying',
    'S35',
    'not-for-verifying',
    'Signed by a key whose key_ops lack verify',
  ),
];

function unfit(...[id, row, kind, title]: [string, 'S33' | 'S35', UnfitKind, string]): Defect {
  const sources = kind === 'rsa-roca' ? ROCA : row === 'S33' ? WEAK : USE;
  return forged({ id, class: row, title, sources }, 'proof', (good) => {
    const key = unfitKey(kind);
    return sealedBy(withHeader(good, { alg: key.alg, kid: key.kid }), (input) => key.sign(input));
  });
}

function makeUnfit(kind: UnfitKind): UnfitKey {
  const privateKey = kind === 'rsa-roca' ? rocaKey() : rsaKey(kind);
  const kid = `sandbox-${kind}`;
  const jwk = { ...createPublicKey(privateKey).export({ format: 'jwk' }), kid, alg: 'RS256' };
  return { kid, alg: 'RS256', ...published(kind, jwk, privateKey) };
}

function rsaKey(kind: UnfitKind): KeyObject {
  return generateKeyPairSync('rsa', {
    modulusLength: kind === 'rsa-1024' ? 1024 : 2048,
    publicExponent: kind === 'rsa-exponent-3' ? 3 : 65_537,
  }).privateKey;
}

function published(
  kind: UnfitKind,
  jwk: JsonWebKey,
  privateKey: KeyObject,
): Pick<UnfitKey, 'jwk' | 'sign'> {
  const signTruly = (input: string) => sign('sha256', Buffer.from(input), privateKey);
  switch (kind) {
    case 'rsa-exponent-1':
      return { jwk: { ...jwk, e: 'AQ' }, sign: paddedDigest };
    case 'for-encryption':
      return { jwk: { ...jwk, use: 'enc' }, sign: signTruly };
    case 'not-for-verifying':
      return { jwk: { ...jwk, key_ops: ['encrypt'] }, sign: signTruly };
    default:
      return { jwk, sign: signTruly };
  }
}

/** EMSA-PKCS1-v1_5 of RFC 8017 §9.2; to the power of one it is its own signature. */
function paddedDigest(input: string): Buffer {
  const digestInfo = Buffer.from('3031300d060960864801650304020105000420', 'hex');
  const digest = Buffer.concat([digestInfo, hash('sha256', input, 'buffer')]);
  const filling = Buffer.alloc(256 - 3 - digest.length, 0xff);
  return Buffer.concat([Buffer.of(0, 1), filling, Buffer.of(0), digest]);
}
