import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { FintechError } from '../../../kernel/errors.ts';
import type { SigningAlgorithm } from '../../../model/token-request.ts';
import type { Defect, Workbench } from './contract.ts';
import { forged } from './entries.ts';
import { hmacSigned } from './stranger.ts';

const RSA: readonly SigningAlgorithm[] = ['PS256', 'RS256'];
const EC: readonly SigningAlgorithm[] = ['ES256'];
const CURVES: readonly SigningAlgorithm[] = ['ES256', 'EdDSA'];

const pem = (key: KeyObject) => String(key.export({ type: 'spki', format: 'pem' }));
const pkcs1 = (key: KeyObject) => String(key.export({ type: 'pkcs1', format: 'pem' }));

/** A public key taken for an HMAC secret: whoever knows it can sign. */
export const CONFUSION_DEFECTS: readonly Defect[] = [
  confused('rsa-pem', RSA, 'PEM', pem),
  confused('rsa-pem-bare', RSA, 'PEM without its last newline', (key) => pem(key).trimEnd()),
  confused('rsa-pkcs1', RSA, 'PKCS#1 PEM', pkcs1),
  confused('rsa-pkcs1-bare', RSA, 'PKCS#1 PEM without its last newline', (key) =>
    pkcs1(key).trimEnd(),
  ),
  confused('rsa-der', RSA, 'DER', (key) => key.export({ type: 'spki', format: 'der' })),
  confused('rsa-pkcs1-der', RSA, 'PKCS#1 DER', (key) =>
    key.export({ type: 'pkcs1', format: 'der' }),
  ),
  confused('rsa-jwk', RSA, 'JWK text', jwkText),
  confused('curve-pem', CURVES, 'PEM', pem),
  confused('curve-pem-bare', CURVES, 'PEM without its last newline', (key) => pem(key).trimEnd()),
  confused('curve-der', CURVES, 'DER', (key) => key.export({ type: 'spki', format: 'der' })),
  confused('curve-jwk', CURVES, 'JWK text', jwkText),
  confused('curve-x', CURVES, 'its x coordinate', (_key, { x }) =>
    Buffer.from(x ?? '', 'base64url'),
  ),
  confused('curve-point', EC, 'its uncompressed point', (_key, { x, y }) =>
    Buffer.concat([Buffer.of(4), ...[x, y].map((part) => Buffer.from(part ?? '', 'base64url'))]),
  ),
];

function confused(
  ...[name, algorithms, form, secretOf]: [
    string,
    readonly SigningAlgorithm[],
    string,
    (key: KeyObject, jwk: JsonWebKey) => string | Buffer,
  ]
): Defect {
  const isRsa = algorithms === RSA;
  return forged(
    {
      id: `confusion/${name}`,
      class: isRsa ? 'S6' : 'S7',
      title: `HS256 with the public key as its secret: ${form}`,
      sources: ['RFC 8725 §2.1', 'RFC 8725 §3.1', ...(isRsa ? ['CVE-2016-10555'] : [])],
      algorithms,
    },
    'proof',
    (good, bench) => {
      const jwk = demandPublicKey(bench);
      return hmacSigned(good, secretOf(createPublicKey({ key: jwk, format: 'jwk' }), jwk));
    },
  );
}

/** As most JWK Sets are written: every member, no white space. */
function jwkText(_key: KeyObject, jwk: JsonWebKey): string {
  return JSON.stringify(jwk);
}

/** @throws FintechError USAGE_INVALID where the issuer publishes no key, or none we were told of */
export function demandPublicKey({ publicJwk }: Workbench): JsonWebKey {
  if (publicJwk !== undefined) return publicJwk;
  throw new FintechError('USAGE_INVALID', 'This defect needs the published key of the token.', {
    hint: 'Name the JWK Set of its issuer by --jwks <file|url>.',
  });
}
