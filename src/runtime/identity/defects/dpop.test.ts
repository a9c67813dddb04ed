import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { calculateJwkThumbprint, decodeJwt, EmbeddedJWK, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom, systemRandom } from '../../../kernel/random.ts';
import { ManualClock } from '../../../kernel/time.ts';
import { carriageOf, type MintedToken, type TokenRequest } from '../../../model/token-request.ts';
import { authorizeBearer } from '../../access/bearer.ts';
import { fixedJwks } from '../../access/jwks-source.ts';
import { DpopNonces } from '../../access/policies/dpop-nonces.ts';
import { ReplayMemory } from '../../access/policies/replay-memory.ts';
import { createTokenVerifier } from '../../access/verifier.ts';
import { type KeyStore, openKeys } from '../keys.ts';
import { createMinter } from '../mint.ts';
import type { Defect } from './contract.ts';
import { DPOP_DEFECTS } from './dpop.ts';

const clock = new ManualClock();
const nonces = new DpopNonces(Buffer.alloc(32, 1));
const REQUEST: TokenRequest = {
  issuer: 'http://127.0.0.1:9080',
  subject: 'usr_customer',
  clientId: 'fintech-cli',
  audience: 'api',
  scopes: ['payments:write'],
  issuedAtMs: clock.now(),
  lifetimeS: 300,
  algorithm: 'ES256',
  claims: {},
};
const TARGET = { method: 'POST', url: 'http://127.0.0.1:8080/v1/payments?a=b' };

let folder: string;
let keys: KeyStore;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dpop-'));
  keys = openKeys(folder, systemRandom, clock);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function mint(defects: readonly Defect[], nonce?: string): MintedToken {
  const proof = { ...TARGET, nonce };
  return createMinter(REQUEST, { keys, random: seededRandom('dpop'), defects, proof })();
}

/** What an API answers that has all that the defect needs; nothing where it lets the request in. */
function startApi({ needs }: Defect) {
  const verifier = createTokenVerifier({
    issuer: REQUEST.issuer,
    audience: 'api',
    keys: fixedJwks(keys.jwks()),
    clock,
    policies: {
      dpop: {
        isPublished: (origin) => origin === 'http://127.0.0.1:8080',
        memory: new ReplayMemory(),
      },
      ...(needs.includes('dpop-nonce') ? { 'dpop-nonce': nonces } : {}),
    },
  });
  return async (minted: MintedToken) => {
    const { headers } = carriageOf(minted);
    const valuesOf = (name: string) =>
      headers.filter(([field]) => field === name).map(([, value]) => value);
    const request = {
      authorization: valuesOf('Authorization'),
      proofs: valuesOf('DPoP'),
      query: 'a=b',
      method: 'POST',
      path: '/v1/payments',
    };
    const entry = await authorizeBearer(request, verifier, { all: ['payments:write'] });
    return entry.ok ? undefined : entry.answer;
  };
}

/** What the sentence names, so that none is refused for another's reason. */
const NAMED: Record<string, string> = {
  'dpop/proof-missing': 'does not carry one DPoP proof',
  'dpop/proofs-two': 'does not carry one DPoP proof',
  'dpop/not-a-jwt': '(form)',
  'dpop/type-missing': '(typ)',
  'dpop/type-other': '(typ)',
  'dpop/none': '(form)',
  'dpop/symmetric': '(alg)',
  'dpop/private-key': '(jwk)',
  'dpop/key-missing': '(jwk)',
  'dpop/bit-flip': '(signature)',
  'dpop/other-signer': '(signature)',
  'dpop/method-other': '(htm)',
  'dpop/method-case': '(htm)',
  'dpop/target-host': '(htu)',
  'dpop/target-path': '(htu)',
  'dpop/target-port': '(htu)',
  'dpop/target-scheme': '(htu)',
  'dpop/old': '(iat)',
  'dpop/future': '(iat)',
  'dpop/replayed': '(jti)',
  'dpop/id-missing': '(jti)',
  'dpop/nonce-missing': 'lacks the nonce',
  'dpop/nonce-other': 'lacks the nonce',
  'dpop/hash-missing': '(ath)',
  'dpop/hash-other': '(ath)',
  'dpop/key-other': 'by another key',
  'dpop/sent-as-bearer': 'sent as Bearer',
};

const refused = DPOP_DEFECTS.filter(({ expect: { status } }) => status !== 200);

describe('a DPoP defect', () => {
  it('is of every row from D1 to D16', () => {
    const rows = new Set(DPOP_DEFECTS.map((defect) => defect.class));
    expect([...rows].sort()).toEqual(Array.from({ length: 16 }, (_, n) => `D${n + 1}`).sort());
  });

  it.each(refused)('$id is answered as expected, for its own reason', async (defect) => {
    const api = startApi(defect);
    const minted = mint([defect], nonces.current(clock.now()));
    const first = await api(minted);
    const answer = defect.repeated === true ? await api(minted) : first;
    expect(first === undefined).toBe(defect.repeated === true);
    const { status, scheme, error } = defect.expect;
    expect(answer?.status).toBe(status);
    const challenge = answer?.headers['www-authenticate'] ?? '';
    expect(challenge).toMatch(new RegExp(`^${scheme} .* error="${error}".* algs="[A-Za-z0-9 ]+"$`));
    expect(answer?.problem.detail).toContain(NAMED[defect.id]);
    const nonce = error === 'use_dpop_nonce' ? nonces.current(clock.now()) : undefined;
    expect(answer?.headers['dpop-nonce']).toBe(nonce);
  });

  it.each(DPOP_DEFECTS)('$id has a twin that is accepted', async (defect) => {
    const twin = mint([], nonces.current(clock.now()));
    expect(await startApi(defect)(twin)).toBeUndefined();
  });

  it('with a query in htu must be accepted', async () => {
    const accepted = DPOP_DEFECTS.filter(({ expect: { status } }) => status === 200);
    expect(accepted.map(({ id }) => id)).toEqual(['dpop/target-with-query']);
    for (const defect of accepted) {
      const minted = mint([defect]);
      expect(decodeJwt(minted.proof ?? '')['htu']).toMatch(/\?a=b#c$/);
      expect(await startApi(defect)(minted)).toBeUndefined();
    }
  });

  it('is not made without a request to prove, or together with another', () => {
    const [one, two] = DPOP_DEFECTS;
    if (one === undefined || two === undefined) throw new Error('there are none');
    const tools = { keys, random: systemRandom };
    const usage = expect.objectContaining({ code: 'USAGE_INVALID' });
    expect(() => createMinter(REQUEST, { ...tools, defects: [one] })).toThrow(usage);
    expect(() => createMinter(REQUEST, { ...tools, defects: [one, two], proof: TARGET })).toThrow(
      usage,
    );
  });
});

describe('a token that is bound to a key', () => {
  it('has a proof that jose verifies, for its request and itself', async () => {
    const { token, claims, proof = '' } = mint([], 'n-1');
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
      typ: 'dpop+jwt',
      algorithms: ['ES256'],
      currentDate: new Date(clock.now()),
    });
    expect(payload).toEqual({
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      htm: 'POST',
      htu: 'http://127.0.0.1:8080/v1/payments',
      iat: clock.now() / 1000,
      ath: Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(token))).toString(
        'base64url',
      ),
      nonce: 'n-1',
    });
    const { jwk = {} } = protectedHeader;
    expect(Object.keys(jwk).sort()).toEqual(['crv', 'kty', 'x', 'y']);
    expect(claims['cnf']).toEqual({ jkt: await calculateJwkThumbprint(jwk) });
  });

  it('is the same for the same seed, its key included', () => {
    expect(mint([]).claims).toEqual(mint([]).claims);
  });

  it('has a proof of its own in a row of them, by one key', () => {
    const next = createMinter(REQUEST, { keys, random: systemRandom, proof: TARGET });
    const row = Array.from({ length: 20 }, () => next());
    expect(new Set(row.map(({ proof = '' }) => decodeJwt(proof).jti)).size).toBe(20);
    expect(new Set(row.map(({ claims }) => JSON.stringify(claims['cnf']))).size).toBe(1);
  });
});
