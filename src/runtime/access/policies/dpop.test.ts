import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../kernel/time.ts';
import type { TokenUse } from '../contract.ts';
import {
  AUDIENCE,
  ecKey,
  edKey,
  ISSUER,
  NOW_S,
  rsaKey,
  segment,
  signSegments,
  token,
} from '../issuer.fixture.ts';
import { fixedJwks } from '../jwks-source.ts';
import { boundToken, holder, proofOf } from '../proof.fixture.ts';
import { createTokenVerifier } from '../verifier.ts';
import { DpopNonces } from './dpop-nonces.ts';
import { ReplayMemory } from './replay-memory.ts';

const issuer = ecKey('issuer');
const keys = fixedJwks({ keys: [issuer.jwk] });
const client = holder();
const bound = boundToken(issuer, client);
const nonces = new DpopNonces(Buffer.alloc(32, 7));

function api(options: { memory?: ReplayMemory; withNonce?: boolean; clock?: ManualClock } = {}) {
  const { memory = new ReplayMemory(), clock = new ManualClock() } = options;
  const verifier = createTokenVerifier({
    issuer: ISSUER,
    audience: AUDIENCE,
    keys,
    clock,
    policies: {
      dpop: { isPublished: (origin) => origin === 'http://127.0.0.1:8080', memory },
      ...(options.withNonce === true ? { 'dpop-nonce': nonces } : {}),
    },
  });
  return async (proofs: string | string[], use: Partial<TokenUse> = {}, presented = bound) => {
    const verdict = await verifier.verify(presented, {
      scheme: 'DPoP',
      method: 'POST',
      path: '/v1/payments',
      proofs: [proofs].flat(),
      ...use,
    });
    return verdict.ok ? 'accepted' : verdict.detail;
  };
}

type Changes = NonNullable<Parameters<typeof proofOf>[2]>;
const proof = (changes: Changes = {}) => proofOf(client, bound, changes);
const claim = (claims: Record<string, unknown>) => proof({ claims });
const header = (changes: Record<string, unknown>) => proof({ header: changes });
const invalid = (member: string) => `The DPoP proof is not valid for this request (${member}).`;
const NONE = 'The token is bound to a key, and the request does not carry one DPoP proof.';
const good = proof();
const [head = '', body = '', signature = ''] = good.split('.');
const htu = (path: string) => claim({ htu: `http://127.0.0.1:8080${path}` });

describe('a proof is taken', () => {
  it.each([
    ['as RFC 9449 §4.2 has it', good],
    ['with a query and a fragment in htu', htu('/v1/payments?a=b#c')],
    ['with scheme and host in capitals', claim({ htu: 'HTTP://127.0.0.1:8080/v1/payments' })],
    ['with dot segments', htu('/v1/x/../payments')],
    ['with escaped unreserved characters', htu('/v1/%70ayments')],
    ['made 60 s ago', claim({ iat: NOW_S - 60 })],
    ['made 5 s ahead', claim({ iat: NOW_S + 5 })],
    ['with a jti of 256 characters', claim({ jti: 'j'.repeat(256) })],
    ['with further claims and a nonce nobody asked for', claim({ nonce: 'n', x: 1 })],
  ])('%s', async (_name, text) => {
    expect(await api()(text)).toBe('accepted');
  });

  it.each([
    ['EdDSA', edKey('k')],
    ['RS256', rsaKey('k')],
    ['PS256', { ...rsaKey('k'), alg: 'PS256' }],
    ['RSA of 4096 bits', rsaKey('k', { bits: 4096 })],
  ])('by a key of another kind: %s', async (_name, key) => {
    const other = holder(key);
    const own = boundToken(issuer, other);
    expect(await api()(proofOf(other, own), {}, own)).toBe('accepted');
  });
});

describe('a proof is refused', () => {
  it.each<[check: string, string, proofs: string | string[], why: string]>([
    ['1', 'none', [], NONE],
    ['1', 'two', [good, claim({ jti: '2' })], NONE],
    ['1', 'two in one field', `${good}, ${claim({ jti: '2' })}`, invalid('form')],
    ['2', 'no JWT', 'proof', invalid('form')],
    ['2', 'an empty field', '', invalid('form')],
    ['2', 'white space', ` ${good}`, invalid('form')],
    ['2', 'more than 8 KiB', claim({ x: 'x'.repeat(8192) }), invalid('form')],
    ['2', 'padding', `${head}=.${body}.${signature}`, invalid('form')],
    ['2', 'htm twice', resigned((text) => text.replace('{', '{"htm":"GET",')), invalid('form')],
    ['3', 'no jti', claim({ jti: undefined }), invalid('jti')],
    ['3', 'an empty jti', claim({ jti: '' }), invalid('jti')],
    ['3', 'a jti of 257 characters', claim({ jti: 'j'.repeat(257) }), invalid('jti')],
    ['3', 'a jti that is a number', claim({ jti: 1 }), invalid('jti')],
    ['3', 'no htm', claim({ htm: undefined }), invalid('htm')],
    ['3', 'no htu', claim({ htu: undefined }), invalid('htu')],
    ['3', 'no iat', claim({ iat: undefined }), invalid('iat')],
    ['3', 'iat as text', claim({ iat: String(NOW_S) }), invalid('iat')],
    ['4', 'no typ', header({ typ: undefined }), invalid('typ')],
    ['4', 'another typ', header({ typ: 'at+jwt' }), invalid('typ')],
    ['4', 'typ in capitals', header({ typ: 'DPOP+JWT' }), invalid('typ')],
    ['5', 'alg none', header({ alg: 'none' }), invalid('alg')],
    ['5', 'a symmetric alg', header({ alg: 'HS256' }), invalid('alg')],
    ['5', 'alg as a list', header({ alg: ['ES256'] }), invalid('alg')],
    ['5', 'an alg that does not fit the key', header({ alg: 'PS256' }), invalid('jwk')],
    ['6', 'no jwk', header({ jwk: undefined }), invalid('jwk')],
    ['6', 'a jwk that is text', header({ jwk: 'key' }), invalid('jwk')],
    ['6', 'another jwk', header({ jwk: ecKey('x').jwk }), invalid('signature')],
    ['6', 'a signature of zeroes', `${head}.${body}.${'A'.repeat(86)}`, invalid('signature')],
    ['7', 'the private key', header({ jwk: privateJwk() }), invalid('jwk')],
    ['7', 'a symmetric key', header({ jwk: { kty: 'oct', k: 'AAAA' } }), invalid('jwk')],
    ['-', 'crit', header({ crit: ['x'], x: 1 }), invalid('crit')],
    ['-', 'jku', header({ jku: 'http://127.0.0.1:1/' }), invalid('jku')],
    ['8', 'another method', claim({ htm: 'GET' }), invalid('htm')],
    ['8', 'the method in lower case', claim({ htm: 'post' }), invalid('htm')],
    ['9', 'another path', htu('/v1/payments/1'), invalid('htu')],
    ['9', 'a trailing slash', htu('/v1/payments/'), invalid('htu')],
    ['9', 'other case in the path', htu('/v1/Payments'), invalid('htu')],
    ['9', 'an escaped slash', htu('/v1%2Fpayments'), invalid('htu')],
    ['9', 'a backslash', htu('\\v1\\payments'), invalid('htu')],
    ['9', 'another port', claim({ htu: 'http://127.0.0.1:8081/v1/payments' }), invalid('htu')],
    ['9', 'another host', claim({ htu: 'http://other:8080/v1/payments' }), invalid('htu')],
    ['9', 'https', claim({ htu: 'https://127.0.0.1:8080/v1/payments' }), invalid('htu')],
    [
      '9',
      'user information',
      claim({ htu: 'http://a@127.0.0.1:8080/v1/payments' }),
      invalid('htu'),
    ],
    ['9', 'a path alone', claim({ htu: '/v1/payments' }), invalid('htu')],
    ['11', 'made 61 s ago', claim({ iat: NOW_S - 61 }), invalid('iat')],
    ['11', 'made 6 s ahead', claim({ iat: NOW_S + 6 }), invalid('iat')],
    ['11', 'iat in milliseconds', claim({ iat: NOW_S * 1000 }), invalid('iat')],
    ['12', 'no ath', claim({ ath: undefined }), invalid('ath')],
    ['12', 'ath of another token', proofOf(client, token(issuer)), invalid('ath')],
    ['12', 'ath in hex', claim({ ath: hash('sha256', bound, 'hex') }), invalid('ath')],
    [
      '12',
      'another key than the token is bound to',
      proofOf(holder(), bound),
      'The DPoP proof is signed by another key than the token is bound to.',
    ],
  ])('(%s) %s', async (...[, , proofs, why]) => {
    const memory = new ReplayMemory();
    expect(await api({ memory })(proofs)).toBe(why);
    expect(memory.size).toBe(0);
  });

  it('for a key of RSA beyond 4096 bits, which costs too much to use', async () => {
    const other = holder(rsaKey('k', { bits: 4104 }));
    const own = boundToken(issuer, other);
    expect(await api()(proofOf(other, own), {}, own)).toBe(invalid('jwk'));
  });

  it('for another request than it was made for', async () => {
    expect(await api()(good, { method: 'GET' })).toBe(invalid('htm'));
    expect(await api()(good, { path: '/v1/refunds' })).toBe(invalid('htu'));
    expect(await api()(good, { path: '*' })).toBe(invalid('htu'));
  });
});

describe('the scheme', () => {
  const WRONG =
    'The token is bound to a key and was sent as Bearer, or is not bound and was sent as DPoP.';

  it('of a bound token is DPoP, with a proof or without', async () => {
    expect(await api()(good, { scheme: 'Bearer' })).toBe(WRONG);
    expect(await api()([], { scheme: 'Bearer' })).toBe(WRONG);
  });

  it('of a token that is not bound is Bearer', async () => {
    const free = token(issuer);
    expect(await api()(proofOf(client, free), {}, free)).toBe(WRONG);
    expect(await api()([], { scheme: 'Bearer' }, free)).toBe('accepted');
  });

  it('saves no token that is bound to more than we check', async () => {
    const more = boundToken(issuer, client, { cnf: { ...client.cnf, 'x5t#S256': 'x' } });
    expect(await api()(proofOf(client, more), {}, more)).toContain('no proof of that key');
  });
});

describe('a proof that was used', () => {
  it('is refused for as long as it would be young enough', async () => {
    const clock = new ManualClock();
    const send = api({ clock });
    expect(await send(good)).toBe('accepted');
    expect(await send(good)).toBe(invalid('jti'));
    clock.advance(60_999);
    expect(await send(good)).toBe(invalid('jti'));
    clock.advance(1);
    expect(await send(good)).toBe(invalid('iat'));
  });

  it('is known by its jti, whatever else it says', async () => {
    const send = api();
    expect(await send(good)).toBe('accepted');
    expect(await send(claim({ iat: NOW_S - 1 }))).toBe(invalid('jti'));
    expect(await send(claim({ jti: 'proof-2' }))).toBe('accepted');
  });

  it('takes no jti from another key', async () => {
    const send = api();
    const other = holder();
    const own = boundToken(issuer, other);
    expect(await send(good)).toBe('accepted');
    expect(await send(proofOf(other, own), {}, own)).toBe('accepted');
  });

  it('stops all others when the memory is full, until it may be forgotten', async () => {
    const clock = new ManualClock();
    const send = api({ clock, memory: new ReplayMemory(1) });
    expect(await send(good)).toBe('accepted');
    expect(await send(claim({ jti: '2' }))).toMatch(/^Too many are remembered/);
    clock.advance(61_000);
    expect(await send(claim({ jti: '2', iat: NOW_S + 61 }))).toBe('accepted');
  });
});

describe('a nonce', () => {
  const LACKING = 'The DPoP proof lacks the nonce of this server.';
  const withNonce = (nonce: unknown, iat = NOW_S) => claim({ nonce, iat });
  const START_MS = NOW_S * 1000;

  it('must be ours, where it is asked for', async () => {
    const ours = nonces.current(START_MS);
    const others = new DpopNonces(Buffer.alloc(32, 8)).current(START_MS);
    for (const nonce of [undefined, '', others, [ours], ours.slice(1)]) {
      expect(await api({ withNonce: true })(withNonce(nonce))).toBe(LACKING);
    }
    expect(await api({ withNonce: true })(withNonce(ours))).toBe('accepted');
  });

  it('is good for two to four minutes', async () => {
    const ours = nonces.current(START_MS);
    expect(nonces.isGood(ours, START_MS + 239_999)).toBe(true);
    expect(nonces.isGood(ours, START_MS + 240_000)).toBe(false);
    expect(nonces.isGood(nonces.current(START_MS + 120_000), START_MS + 119_999)).toBe(false);
    const clock = new ManualClock();
    clock.advance(240_000);
    expect(await api({ withNonce: true, clock })(withNonce(ours, NOW_S + 240))).toBe(LACKING);
  });
});

/** The good proof with another text as its claims, truly signed. */
function resigned(change: (text: string) => string): string {
  const text = Buffer.from(body, 'base64url').toString();
  return signSegments(client.key, head, segment(change(text)));
}

function privateJwk(): Record<string, unknown> {
  return { ...client.key.privateKey.export({ format: 'jwk' }) };
}
