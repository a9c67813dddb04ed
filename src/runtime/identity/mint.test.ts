import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalJWKSet, decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom, systemRandom } from '../../kernel/random.ts';
import { ManualClock } from '../../kernel/time.ts';
import {
  SIGNING_ALGORITHMS,
  type SigningAlgorithm,
  type TokenRequest,
} from '../../model/token-request.ts';
import type { RefusalReason } from '../access/contract.ts';
import { fixedJwks } from '../access/jwks-source.ts';
import { createTokenVerifier } from '../access/verifier.ts';
import { decodeToken } from './decode.ts';
import { DEFECTS } from './defects/catalogue.ts';
import { isAboutProofs, isMintable } from './defects/contract.ts';
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

/** How each defect is refused: by jose (its error's code, and claim), and by us. */
const REFUSALS: Record<string, [code: string, claim: string | undefined, ours: RefusalReason]> = {
  'claims/expired': ['ERR_JWT_EXPIRED', 'exp', 'expired'],
  'claims/expiry-missing': ['ERR_JWT_CLAIM_VALIDATION_FAILED', 'exp', 'claim-missing'],
  'claims/not-yet-valid': ['ERR_JWT_CLAIM_VALIDATION_FAILED', 'nbf', 'not-yet-valid'],
  'claims/issuer-other': ['ERR_JWT_CLAIM_VALIDATION_FAILED', 'iss', 'issuer'],
  'claims/issuer-missing': ['ERR_JWT_CLAIM_VALIDATION_FAILED', 'iss', 'claim-missing'],
  'claims/audience-other': ['ERR_JWT_CLAIM_VALIDATION_FAILED', 'aud', 'audience'],
  'claims/audience-missing': ['ERR_JWT_CLAIM_VALIDATION_FAILED', 'aud', 'claim-missing'],
  'claims/subject-missing': ['ERR_JWT_CLAIM_VALIDATION_FAILED', 'sub', 'claim-missing'],
  'header/key-unknown': ['ERR_JWKS_NO_MATCHING_KEY', undefined, 'key-unknown'],
  'header/type-other': ['ERR_JWT_CLAIM_VALIDATION_FAILED', 'typ', 'type'],
  'signature/none': ['ERR_JOSE_ALG_NOT_ALLOWED', undefined, 'structure'],
  'signature/empty': ['ERR_JWS_SIGNATURE_VERIFICATION_FAILED', undefined, 'structure'],
  'signature/bit-flip': ['ERR_JWS_SIGNATURE_VERIFICATION_FAILED', undefined, 'signature'],
  'signature/other-key': ['ERR_JWS_SIGNATURE_VERIFICATION_FAILED', undefined, 'signature'],
  'signature/payload-changed': ['ERR_JWS_SIGNATURE_VERIFICATION_FAILED', undefined, 'signature'],
};

const defectOf = (id: string): Defect => {
  const defect = DEFECTS.find((known) => known.id === id);
  if (defect === undefined) throw new Error(`no defect ${id}`);
  return defect;
};

const pairOf = (defect: Defect, algorithm: SigningAlgorithm = 'ES256') => {
  const make = (broken: Defect | undefined) =>
    createMinter(
      { ...REQUEST, algorithm },
      { keys, random: seededRandom('pair'), defects: broken === undefined ? [] : [broken] },
    )().token;
  return { defective: make(defect), twin: make(undefined) };
};

/** Those of proofs have tests of their own. */
const MINTABLE = DEFECTS.filter((defect) => isMintable(defect) && !isAboutProofs(defect));

describe('every defect', () => {
  const authentication = MINTABLE.filter(({ expect: { status } }) => status === 401);

  it('is listed once, with its sources, and refused for a reason these tests know', () => {
    expect(new Set(DEFECTS.map(({ id }) => id)).size).toBe(DEFECTS.length);
    expect(authentication.map(({ id }) => id).sort()).toEqual(Object.keys(REFUSALS).sort());
    expect(DEFECTS.filter(({ sources }) => sources.length === 0)).toEqual([]);
  });

  it.each(
    SIGNING_ALGORITHMS.flatMap((algorithm) =>
      authentication.map((defect) => ({ algorithm, defect, id: defect.id })),
    ),
  )(
    '$id with $algorithm is refused for its own reason, and its twin accepted',
    async ({ algorithm, defect }) => {
      const { defective, twin } = pairOf(defect, algorithm);
      const [code, claim, reason] = REFUSALS[defect.id] ?? [];
      await expect(joseVerdict(twin)).resolves.toBeDefined();
      await expect(ourVerdict(twin)).resolves.toMatchObject({ ok: true });
      const error = await joseVerdict(defective).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(errors.JOSEError);
      expect(error).toMatchObject({ code, ...(claim === undefined ? {} : { claim }) });
      await expect(ourVerdict(defective)).resolves.toMatchObject({ ok: false, reason });
    },
  );

  it('claims/scope-missing is a valid token that grants nothing', async () => {
    const defect = defectOf('claims/scope-missing');
    const next = createMinter(REQUEST, { keys, random: systemRandom, defects: [defect] });
    await expect(ourVerdict(next().token)).resolves.toMatchObject({ ok: true, scopes: new Set() });
    expect(defect.expect).toEqual({ status: 403, scheme: 'Bearer', error: 'insufficient_scope' });
  });

  it('cannot be made where the good token is no different', () => {
    const defect = defectOf('claims/scope-missing');
    const next = createMinter(
      { ...REQUEST, scopes: [] },
      { keys, random: systemRandom, defects: [defect] },
    );
    expect(next).toThrow(expect.objectContaining({ code: 'USAGE_INVALID' }));
  });

  it.each(MINTABLE)('$id comes with the header and claims that are in the token', (defect) => {
    const { token, ...parts } = createMinter(REQUEST, {
      keys,
      random: systemRandom,
      defects: [defect],
    })();
    expect(decodeToken(token)).toMatchObject(parts);
  });

  it('leaves every other claim and header as its twin has them', () => {
    const changed = MINTABLE.map((defect) => {
      const { defective, twin } = pairOf(defect);
      return [defect.id, differences(decodeToken(defective), decodeToken(twin))];
    });
    expect(Object.fromEntries(changed)).toEqual({
      'claims/expired': ['exp', 'iat'],
      'claims/expiry-missing': ['exp'],
      'claims/not-yet-valid': ['nbf'],
      'claims/issuer-other': ['iss'],
      'claims/issuer-missing': ['iss'],
      'claims/audience-other': ['aud'],
      'claims/audience-missing': ['aud'],
      'claims/subject-missing': ['sub'],
      'claims/scope-missing': ['scope'],
      'header/key-unknown': ['kid'],
      'header/type-other': ['typ'],
      'signature/none': ['alg'],
      'signature/empty': [],
      'signature/bit-flip': [],
      'signature/other-key': [],
      'signature/payload-changed': ['jti'],
    });
  });
});

type Parts = Pick<ReturnType<typeof decodeToken>, 'header' | 'claims'>;

/** Names of header members and claims that differ. */
function differences(one: Parts, other: Parts): string[] {
  const a: Record<string, unknown> = { ...one.header, ...one.claims };
  const b: Record<string, unknown> = { ...other.header, ...other.claims };
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .filter((name) => a[name] !== b[name])
    .sort();
}
