import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalJWKSet, decodeJwt, type JWTPayload, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom, systemRandom } from '../../kernel/random.ts';
import { ManualClock } from '../../kernel/time.ts';
import { SIGNING_ALGORITHMS, type TokenRequest } from '../../model/token-request.ts';
import { fixedJwks } from '../access/jwks-source.ts';
import { createTokenVerifier } from '../access/verifier.ts';
import { decodeToken } from './decode.ts';
import { DEFECTS } from './defects/catalogue.ts';
import type { Defect } from './defects/contract.ts';
import { type KeyStore, openKeys } from './keys.ts';
import { createMinter, mintAccessToken } from './mint.ts';

const clock = new ManualClock();
const REQUEST: TokenRequest = {
  issuer: 'http://127.0.0.1:9080',
  subject: 'usr_customer',
  clientId: 'fintech-cli',
  audience: 'api',
  scopes: ['payments:read', 'payments:write'],
  issuedAtMs: clock.now(),
  lifetimeS: 300,
  algorithm: 'ES256',
  claims: {},
};

let folder: string;
let keys: KeyStore;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mint-'));
  keys = openKeys(folder, systemRandom, clock);
  for (const algorithm of SIGNING_ALGORITHMS) keys.signingKey(algorithm);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const mint = (change: Partial<TokenRequest> = {}, seed = 'seed') =>
  mintAccessToken({ ...REQUEST, ...change }, { keys, random: seededRandom(seed) });

const ourVerdict = (token: string) =>
  createTokenVerifier({
    issuer: REQUEST.issuer,
    audience: 'api',
    keys: fixedJwks(keys.jwks()),
    clock,
  }).verify(token);

/** Another's verifier, set up as RFC 9068 §4 asks: what it throws is the reason of a refusal. */
const joseVerdict = async (token: string): Promise<JWTPayload> => {
  const { payload } = await jwtVerify(token, createLocalJWKSet(keys.jwks()), {
    issuer: REQUEST.issuer,
    audience: 'api',
    typ: 'at+jwt',
    algorithms: [...SIGNING_ALGORITHMS],
    requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat', 'jti', 'client_id'],
    currentDate: new Date(clock.now()),
  });
  return payload;
};

describe('a good token', () => {
  it.each(SIGNING_ALGORITHMS)('signed with %s is accepted by jose and by us', async (algorithm) => {
    const token = mint({ algorithm });
    await expect(joseVerdict(token)).resolves.toMatchObject({ sub: 'usr_customer' });
    await expect(ourVerdict(token)).resolves.toMatchObject({ ok: true });
  });

  it('has the header and the claims of RFC 9068, and no others', () => {
    const { header, claims } = decodeToken(mint());
    expect(header).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: keys.signingKey('ES256').kid });
    expect(claims).toEqual({
      iss: 'http://127.0.0.1:9080',
      sub: 'usr_customer',
      aud: 'api',
      exp: 1_798_761_900,
      iat: 1_798_761_600,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      client_id: 'fintech-cli',
      scope: 'payments:read payments:write',
    });
  });

  it('has no scope claim where it has no scope', () => {
    expect(decodeJwt(mint({ scopes: [] }))).not.toHaveProperty('scope');
  });

  it('takes further claims of any JSON, a hostile name included', () => {
    const claims = { amr: ['pwd'], sub: 'other', ...JSON.parse('{"__proto__":{"admin":true}}') };
    const decoded = decodeJwt(mint({ claims }));
    expect(decoded).toMatchObject({ amr: ['pwd'], sub: 'other' });
    expect(Object.hasOwn(decoded, '__proto__')).toBe(true);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it('has the same claims byte for byte for the same seed, and others for another', () => {
    const payload = (seed: string) => mint({}, seed).split('.')[1];
    expect(payload('a')).toBe(payload('a'));
    expect(payload('a')).not.toBe(payload('b'));
  });

  it('has a jti of its own in a row of them', () => {
    const next = createMinter(REQUEST, { keys, random: seededRandom('row') });
    const ids = Array.from({ length: 100 }, () => decodeJwt(next().token).jti);
    expect(new Set(ids).size).toBe(100);
  });
});

const defectOf = (id: string): Defect => {
  const defect = DEFECTS.find((known) => known.id === id);
  if (defect === undefined) throw new Error(`no defect ${id}`);
  return defect;
};

const mintBroken = (...ids: string[]) =>
  createMinter(REQUEST, { keys, random: seededRandom('broken'), defects: ids.map(defectOf) })();

describe('several defects of one token', () => {
  it('are all made', async () => {
    const { token } = mintBroken('claims/expired', 'header/type-other', 'signature/bit-flip');
    const { header, claims } = decodeToken(token);
    expect(header).toMatchObject({ typ: 'JWT' });
    expect(Number(claims['exp'])).toBeLessThan(1_798_761_600);
    await expect(ourVerdict(token)).resolves.toMatchObject({ ok: false, reason: 'signature' });
  });

  it('are made by slot, in whatever order they are named', () => {
    const ids = ['segments/four', 'signature/truncated', 'confusion/curve-pem'];
    const { token, header } = mintBroken(...ids);
    expect(header).toMatchObject({ alg: 'HS256' });
    const [, , signature = '', fourth] = token.split('.');
    expect(Buffer.from(signature, 'base64url')).toHaveLength(31);
    expect(fourth).toBe(signature);
    expect(mintBroken(...ids.toReversed()).token).toBe(token);
  });

  it.each([
    ['signature/none', 'confusion/curve-pem'],
    ['payload/list', 'signature/none'],
    ['payload/list', 'header/list'],
    ['signature/bit-flip', 'signature/empty'],
    ['segments/one', 'json/general'],
    ['signature/none', 'signature/bit-flip'],
    ['claims/expiry-missing', 'claims/expired'],
    ['claims/expired', 'confusion/rsa-pem'],
  ])('%s and %s cannot be made of one', (...ids) => {
    expect(() => mintBroken(...ids)).toThrow(expect.objectContaining({ code: 'USAGE_INVALID' }));
  });

  it('come with the header and claims that are in the token', () => {
    const { token, header, claims } = mintBroken('claims/expired', 'jwk/embedded');
    expect(decodeToken(token)).toMatchObject({ header, claims });
  });
});

it('a defect cannot be made where the good token is no different', () => {
  const defects = [defectOf('claims/scope-missing')];
  const next = createMinter({ ...REQUEST, scopes: [] }, { keys, random: systemRandom, defects });
  expect(next).toThrow(expect.objectContaining({ code: 'USAGE_INVALID' }));
});
