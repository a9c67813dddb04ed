import { createPublicKey, generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import type { SigningKey } from '../signing.ts';
import { selfSigned } from './certificate.ts';
import type { Defect, SealedToken, Workbench } from './contract.ts';
import { type About, forged } from './entries.ts';
import { callbackOf } from './key-choice.ts';
import { attacked, attackerOf, hmacSigned } from './stranger.ts';

const BY_ADDRESS = ['RFC 7515 §4.1.2', 'RFC 7515 §4.1.5', 'RFC 8725 §3.10'];
const EMBEDDED = ['RFC 7515 §4.1.3', 'CVE-2018-0114'];
const CERTIFICATE = ['RFC 7515 §4.1.6', 'RFC 8725 §3.10'];
const METADATA = 'http://169.254.169.254/latest/meta-data/';
const LOOPBACK = 'http://localhost/keys';

/** Tokens of an attacker's key, which they bring with them or point to. */
export const EMBEDDED_KEY_DEFECTS: readonly Defect[] = (['jku', 'x5u'] as const)
  .flatMap((member) => [
    pointing(`${member}/attacker`, `${member} to an attacker`, (_good, bench) => ({
      [member]: callbackOf(bench),
    })),
    pointing(`${member}/loopback`, `${member} to the server itself`, () => ({
      [member]: LOOPBACK,
    })),
    pointing(`${member}/metadata`, `${member} to the cloud's metadata address`, () => ({
      [member]: METADATA,
    })),
    pointing(`${member}/redirect`, `${member} to the issuer, to be redirected`, (good, bench) => ({
      [member]: redirectFrom(good, callbackOf(bench)),
    })),
  ])
  .concat([
    embedded({ id: 'jwk/embedded', class: 'S16', title: 'Brings its own key as jwk' }, (good) =>
      attacked(good, { kid: attackerOf(good).kid, jwk: publicJwkOf(attackerOf(good)) }),
    ),
    embedded(
      { id: 'jwk/known-kid', class: 'S16', title: 'Brings its own key under a published kid' },
      (good) => {
        const { kid } = good.header;
        const jwk = { ...publicJwkOf(attackerOf(good)), ...(kid === undefined ? {} : { kid }) };
        return attacked(good, { jwk });
      },
    ),
    embedded(
      { id: 'jwk/symmetric', class: 'S16', title: 'Brings its own HMAC secret as jwk' },
      (good) => hmacSigned(good, 'sandbox', { jwk: { kty: 'oct', k: 'c2FuZGJveA' } }),
    ),
    embedded(
      { id: 'x5c/self-signed', class: 'S17', title: 'Brings a self-signed certificate' },
      (good) => attacked(good, { x5c: [certificateOf(attackerOf(good))] }),
    ),
    embedded(
      {
        id: 'x5c/chain-mismatch',
        class: 'S17',
        title: 'Certificates that did not sign each other',
      },
      (good) => {
        const key = attackerOf(good);
        const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
        return attacked(good, { x5c: [certificateOf(key), selfSigned(stranger, 'Sandbox CA')] });
      },
    ),
  ]);

function pointing(
  id: string,
  title: string,
  header: (good: SealedToken, bench: Workbench) => Record<string, unknown>,
): Defect {
  return forged({ id, class: 'S15', title, sources: BY_ADDRESS }, 'proof', (good, bench) =>
    attacked(good, { kid: attackerOf(good).kid, ...header(good, bench) }),
  );
}

function embedded(about: Omit<About, 'sources'>, forge: (good: SealedToken) => SealedToken) {
  const sources = about.class === 'S16' ? EMBEDDED : CERTIFICATE;
  return forged({ ...about, sources }, 'proof', forge);
}

function redirectFrom({ claims }: SealedToken, target: string): string {
  const issuer = URL.parse(String(claims['iss']))?.origin ?? 'https://issuer.example';
  return `${issuer}/redirect?url=${encodeURIComponent(target)}`;
}

function publicJwkOf({ privateKey }: SigningKey): JsonWebKey {
  return createPublicKey(privateKey).export({ format: 'jwk' });
}

function certificateOf({ privateKey }: SigningKey): string {
  return selfSigned(privateKey, 'Sandbox Attacker');
}
