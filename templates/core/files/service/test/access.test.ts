import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { verifyAccess } from '../src/platform/access.ts';
import { ISSUER, issuerKeys, tokenWith } from './support/tokens.ts';

const { privateKey, publicKey } = await generateKeyPair('ES256');
const other = await generateKeyPair('ES256');
const jwk = await exportJWK(publicKey);
const otherJwk = await exportJWK(other.publicKey);
const jkt = await calculateJwkThumbprint(jwk);
const token = await tokenWith({ cnf: { jkt } });

const judge = (authorization: string, dpop?: string | string[]) =>
  verifyAccess(
    { authorization, ...(dpop === undefined ? {} : { dpop }) },
    { issuer: ISSUER, audience: 'api', keys: issuerKeys },
  );

function proof(
  claims: Record<string, unknown> = {},
  header: { jwk?: JWK; typ?: string } = {},
  key = privateKey,
): Promise<string> {
  const ath = createHash('sha256').update(token).digest('base64url');
  return new SignJWT({ htm: 'GET', htu: 'http://127.0.0.1/', jti: 'p', ath, ...claims })
    .setIssuedAt()
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk, ...header })
    .sign(key);
}

describe('a token bound to a key', () => {
  it('is taken with a proof by that key', async () => {
    assert.equal((await judge(`DPoP ${token}`, await proof())).ok, true);
  });

  const wrong: [string, () => Promise<string | string[] | undefined>][] = [
    ['without a proof', () => Promise.resolve(undefined)],
    ['with two proofs', async () => [await proof(), await proof()]],
    ['with a proof by another key', () => proof({}, { jwk: otherJwk }, other.privateKey)],
    ['with a proof that another key signed', () => proof({}, {}, other.privateKey)],
    ['with a proof about another token', () => proof({ ath: 'other' })],
    ['with a proof that is no proof', () => proof({}, { typ: 'JWT' })],
    ['with text in place of a proof', () => Promise.resolve('proof')],
  ];
  for (const [name, make] of wrong) {
    it(`is refused ${name}`, async () => {
      const verdict = await judge(`DPoP ${token}`, await make());
      assert.deepEqual(verdict, { ok: false, reason: 'invalid' });
    });
  }

  it('is refused as a bearer token', async () => {
    assert.equal((await judge(`Bearer ${token}`, await proof())).ok, false);
  });

  it('is refused where it is bound to something else', async () => {
    const cnf = { jkt, 'x5t#S256': 'certificate' };
    assert.equal((await judge(`DPoP ${await tokenWith({ cnf })}`, await proof())).ok, false);
  });
});

describe('a token that is bound to nothing', () => {
  it('is refused under the scheme of bound ones', async () => {
    assert.equal((await judge(`DPoP ${await tokenWith()}`, await proof())).ok, false);
  });

  it('is taken as a bearer token, whatever the case of the scheme', async () => {
    assert.equal((await judge(`bearer ${await tokenWith()}`)).ok, true);
  });
});
