import { generateKeyPairSync } from 'node:crypto';
import { CompactEncrypt } from 'jose';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../kernel/time.ts';
import type { PolicyReason, RefusalReason, TokenUse } from '../contract.ts';
import { AUDIENCE, ecKey, ISSUER, NOW_S, token } from '../issuer.fixture.ts';
import { fixedJwks } from '../jwks-source.ts';
import { createTokenVerifier } from '../verifier.ts';
import type { AccessPolicies } from './contract.ts';
import { ReplayMemory } from './replay-memory.ts';

const key = ecKey('k');
const keys = fixedJwks({ keys: [key.jwk] });
const claims = (changes: Record<string, unknown>) => token(key, { claims: changes });
const USE: TokenUse = { scheme: 'Bearer', method: 'POST', path: '/payments', proofs: [] };

function verifierWith(policies: AccessPolicies, clock = new ManualClock()) {
  return createTokenVerifier({ issuer: ISSUER, audience: AUDIENCE, keys, clock, policies });
}

async function reasonFor(
  text: string,
  policies: AccessPolicies,
  use: Partial<TokenUse> = {},
): Promise<RefusalReason | 'accepted'> {
  const verdict = await verifierWith(policies).verify(text, { ...USE, ...use });
  return verdict.ok ? 'accepted' : verdict.reason;
}

const payment = {
  type: 'payment_initiation',
  instructedAmount: { currency: 'EUR', amount: '123.50' },
  creditorAccount: { iban: 'DE02100100109307118603' },
};
const details = (detail: unknown) => claims({ authorization_details: [detail] });
const consent: AccessPolicies = { consent: { details: () => payment } };
const consentId: AccessPolicies = { consent: { consentId: ({ path }) => path.split('/')[2] } };
const actor: AccessPolicies = { actor: { allowed: new Set(['service:a']) } };
const nested = (depth: number): object =>
  depth === 1 ? { sub: 'service:a' } : { sub: 'service:a', act: nested(depth - 1) };
const acr: AccessPolicies = { acr: { values: ['silver', 'gold'], maxAgeS: 60 } };
const bound = claims({ cnf: { 'x5t#S256': 'thumb' } });

type Case = [
  PolicyReason | 'sender-constrained',
  AccessPolicies,
  refused: string[],
  fine: string[],
];
const cases: Case[] = [
  ['lifetime', { lifetime: 300 }, [claims({ exp: NOW_S + 301 })], [claims({})]],
  [
    'audience-shared',
    { 'sole-audience': true },
    [claims({ aud: [AUDIENCE, 'other'] }), claims({ aud: [AUDIENCE, AUDIENCE] })],
    [claims({}), claims({ aud: [AUDIENCE] })],
  ],
  [
    'client',
    { client: new Set(['app', 'b']) },
    [claims({ client_id: 'c' }), claims({ azp: 'b' }), claims({ azp: 1 })],
    [claims({}), claims({ client_id: 'b', azp: 'b' })],
  ],
  [
    'actor',
    actor,
    [
      claims({}),
      claims({ act: 'service:a' }),
      claims({ act: { sub: 'service:b', act: { sub: 'service:a' } } }),
      claims({ act: { sub: 'service:a', act: {} } }),
      claims({ act: nested(9) }),
      claims({ act: { sub: 'service:a' }, may_act: { sub: 'service:b' } }),
    ],
    [claims({ act: nested(8) }), claims({ act: nested(1), may_act: { sub: 'service:a' } })],
  ],
  [
    'actor',
    { actor: { allowed: new Set(['service:a']), mayAct: 'required' } },
    [claims({ act: nested(1) })],
    [claims({ act: nested(1), may_act: { sub: 'service:a' } })],
  ],
  [
    'authentication',
    acr,
    [
      claims({ auth_time: NOW_S }),
      claims({ acr: 'bronze', auth_time: NOW_S }),
      claims({ acr: ['gold'], auth_time: NOW_S }),
      claims({ acr: 'gold' }),
      claims({ acr: 'gold', auth_time: String(NOW_S) }),
      claims({ acr: 'gold', auth_time: NOW_S - 61 }),
      claims({ acr: 'gold', auth_time: NOW_S + 6 }),
    ],
    [claims({ acr: 'gold', auth_time: NOW_S - 60 }), claims({ acr: 'silver', auth_time: NOW_S })],
  ],
  [
    'consent',
    consent,
    [
      claims({}),
      claims({ authorization_details: payment }),
      details({ ...payment, type: 'account_information' }),
      details({ ...payment, instructedAmount: { currency: 'EUR', amount: '123.51' } }),
      details({ ...payment, creditorAccount: { iban: 'DE0' } }),
      details({ type: payment.type }),
      details(null),
    ],
    [details(payment), claims({ authorization_details: [{}, { ...payment, extra: 1 }] })],
  ],
  [
    'consent',
    { consent: { consentId: () => 'c-1' } },
    [claims({}), claims({ consent_id: 'c-2' }), claims({ scope: 'AIS:c-11 x:c-1' })],
    [
      claims({ consent_id: 'c-1' }),
      claims({ openbanking_intent_id: 'c-1' }),
      claims({ scope: 'payments:read AIS:c-1' }),
    ],
  ],
  [
    'owner',
    { ownership: () => 'usr_1' },
    [claims({ sub: 'usr_2' }), claims({ sub: 'USR_1' })],
    [claims({ sub: 'usr_1' })],
  ],
  ['revoked', { revocation: async () => false }, [claims({})], []],
  ['status-unavailable', { revocation: () => Promise.reject(new Error('down')) }, [claims({})], []],
  ['certificate', { mtls: true }, [bound], [claims({})]],
  [
    'sender-constrained',
    { mtls: true },
    [
      claims({ cnf: { jkt: 'x' } }),
      claims({ cnf: { 'x5t#S256': 'thumb', kid: 'x' } }),
      claims({ cnf: {} }),
      claims({ cnf: null }),
      claims({ cnf: 'thumb' }),
      claims({ cnf: ['x5t#S256'] }),
    ],
    [claims({})],
  ],
];

describe('a policy', () => {
  it.each(cases)('%s refuses what it is for, and lets the rest in', async (...row) => {
    const [reason, policies, refused, fine] = row;
    for (const text of refused) expect(await reasonFor(text, policies)).toBe(reason);
    for (const text of fine) expect(await reasonFor(text, policies)).toBe('accepted');
  });

  it.each(cases)('%s is off by default', async (reason, _policies, refused) => {
    const isAccepted = !['sender-constrained', 'certificate'].includes(reason);
    for (const text of refused) {
      expect(await reasonFor(text, {})).toBe(isAccepted ? 'accepted' : 'sender-constrained');
    }
  });

  it('asks for a certificate by its thumbprint', async () => {
    const policies = { mtls: true } as const;
    expect(await reasonFor(bound, policies, { certificate: 'thumb' })).toBe('accepted');
    expect(await reasonFor(bound, policies, { certificate: 'other' })).toBe('certificate');
  });

  it('looks at each use of a remembered token', async () => {
    const named = claims({ consent_id: 'c-1' });
    const verifier = verifierWith(consentId);
    const at = (path: string) => verifier.verify(named, { ...USE, path });
    expect(await at('/consents/c-1')).toMatchObject({ ok: true });
    expect(await at('/consents/c-2')).toMatchObject({ reason: 'consent' });
    expect(await at('/consents/c-1')).toMatchObject({ ok: true });
  });

  it('asks about revocation at each use', async () => {
    let isActive = true;
    const verifier = verifierWith({ revocation: async () => isActive });
    expect(await verifier.verify(claims({}))).toMatchObject({ ok: true });
    isActive = false;
    expect(await verifier.verify(claims({}))).toMatchObject({ reason: 'revoked' });
  });

  it('tells what authentication it asks for', async () => {
    expect(await verifierWith(acr).verify(claims({}))).toMatchObject({
      parameters: { acr_values: 'silver gold', max_age: '60' },
    });
  });

  it('names a claim we ask for, and nothing of the token', async () => {
    const verdict = await verifierWith(actor).verify(claims({ act: { sub: 'secret' } }));
    expect(verdict).toMatchObject({
      detail: 'The actor of the token may not act here for its subject (act).',
    });
  });
});

describe('single use', () => {
  it('takes each token once, until it expires for good', async () => {
    const clock = new ManualClock();
    const verifier = verifierWith({ 'single-use': new ReplayMemory() }, clock);
    expect(await verifier.verify(claims({ jti: 'a' }))).toMatchObject({ ok: true });
    expect(await verifier.verify(claims({ jti: 'b' }))).toMatchObject({ ok: true });
    expect(await verifier.verify(claims({ jti: 'a' }))).toMatchObject({ reason: 'replayed' });
    clock.advance(304_999);
    expect(await verifier.verify(claims({ jti: 'a' }))).toMatchObject({ reason: 'replayed' });
  });

  it('uses up no token that another policy refuses', async () => {
    const memory = new ReplayMemory();
    const verifier = verifierWith({ 'single-use': memory, client: new Set(['other']) });
    expect(await verifier.verify(claims({}))).toMatchObject({ reason: 'client' });
    expect(memory.size).toBe(0);
  });

  it('lets nothing in when its memory is full, until something in it expires', async () => {
    const clock = new ManualClock();
    const verifier = verifierWith({ 'single-use': new ReplayMemory(2) }, clock);
    const at = (jti: string, exp: number) => verifier.verify(claims({ jti, exp: NOW_S + exp }));
    expect(await at('a', 100)).toMatchObject({ ok: true });
    expect(await at('b', 300)).toMatchObject({ ok: true });
    expect(await at('c', 300)).toMatchObject({ reason: 'memory-full' });
    clock.advance(105_000);
    expect(await at('c', 300)).toMatchObject({ ok: true });
    expect(await at('b', 300)).toMatchObject({ reason: 'replayed' });
    expect(await at('d', 300)).toMatchObject({ reason: 'memory-full' });
  });

  it('holds 100,000 by default, and looks through a full memory once a second', () => {
    const memory = new ReplayMemory();
    for (let n = 0; n < 100_000; n++) expect(memory.take(String(n), 500, 0)).toBe('new');
    expect(memory.take('one more', 500, 0)).toBe('full');
    expect(memory.take('one more', 1500, 999)).toBe('full');
    expect(memory.take('one more', 1500, 1000)).toBe('new');
    expect(memory.size).toBe(1);
  });
});

describe('encryption', () => {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const policies = { encryption: pair.privateKey };
  const seal = (text: string, header: Record<string, unknown> = {}) =>
    new CompactEncrypt(Buffer.from(text))
      .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM', cty: 'JWT', ...header })
      .encrypt(pair.publicKey);

  it('takes a good token that is encrypted to its key', async () => {
    expect(await reasonFor(await seal(claims({})), policies)).toBe('accepted');
    expect(await reasonFor(await seal(claims({}), { cty: 'at+jwt' }), policies)).toBe('accepted');
    expect(await reasonFor(await seal(claims({ exp: 1 })), policies)).toBe('expired');
  });

  it('refuses one that is only signed, or encrypted in another way', async () => {
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const sealed = await seal(claims({}));
    expect(await reasonFor(claims({}), policies)).toBe('encryption');
    expect(await reasonFor(sealed, { encryption: other })).toBe('encryption');
    expect(await reasonFor(await seal(claims({}), { cty: undefined }), policies)).toBe(
      'encryption',
    );
    expect(await reasonFor(await seal('a.b'), policies)).toBe('structure');
    expect(await reasonFor(await seal('x'.repeat(7000)), policies)).toBe('encryption');
    expect(await reasonFor('', policies)).toBe('missing');
  });
});
