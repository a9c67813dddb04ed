import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../kernel/time.ts';
import type { RefusalReason } from './contract.ts';
import {
  AUDIENCE,
  ecKey,
  edKey,
  goodClaims,
  goodHeader,
  ISSUER,
  NOW_S,
  rsaKey,
  segment,
  signSegments,
  type TestKey,
  token,
} from './issuer.fixture.ts';
import { fixedJwks, type JwksSource } from './jwks-source.ts';
import { readKeySet } from './key-set.ts';
import { POLICY_TEXT, REFUSAL_TEXT } from './refusal-text.ts';
import { createTokenVerifier, type TokenVerifierOptions } from './verifier.ts';

const ec = ecKey('ec-1');
const otherEc = ecKey('ec-2');
const ed = edKey('ed-1');
const rsa = rsaKey('rsa-1');
const pss: TestKey = { ...rsaKey('pss-1'), alg: 'PS256' };
const p384 = ecKey('p384-1', 'P-384');
const published = fixedJwks({ keys: [ec, otherEc, ed, rsa, pss, p384].map((key) => key.jwk) });

function verifier(changes: Partial<TokenVerifierOptions> = {}) {
  const clock = new ManualClock();
  const options = { issuer: ISSUER, audience: AUDIENCE, keys: published, clock, ...changes };
  return { clock, verifier: createTokenVerifier(options) };
}

async function reasonFor(text: string, changes: Partial<TokenVerifierOptions> = {}) {
  const verdict = await verifier(changes).verifier.verify(text);
  return verdict.ok ? 'accepted' : verdict.reason;
}

const good = token(ec);
const [head = '', body = '', signature = ''] = good.split('.');
const resigned = (header: string, payload: string) =>
  signSegments(ec, segment(header), segment(payload));
const without = (claim: string) => token(ec, { claims: { [claim]: undefined } });
const claim = (claims: Record<string, unknown>) => token(ec, { claims });
const header = (changes: Record<string, unknown>) => token(ec, { header: changes });
const hmac = (alg: string, secret: string) => {
  const input = `${segment({ ...goodHeader(rsa), alg })}.${segment(goodClaims())}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
};
const flipped = (text: string, at: number) =>
  text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
const rawSignature = (bytes: Buffer) => `${head}.${body}.${bytes.toString('base64url')}`;
const hexOf = (text: string) => Buffer.from(text, 'utf16le').swap16().toString('hex');
const claimsText = JSON.stringify(goodClaims());
const rsaPem = rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

describe('a good token is accepted', () => {
  it.each([
    ['ES256', good],
    ['EdDSA', token(ed)],
    ['RS256', token(rsa)],
    ['PS256', token(pss)],
    ['typ in capitals', header({ typ: 'AT+JWT' })],
    ['typ with its application/ prefix', header({ typ: 'application/at+jwt' })],
    ['a sub of many scripts', claim({ sub: 'žluťoučký kůň 🐎 | idp' })],
    ['an audience among others', claim({ aud: ['other', AUDIENCE] })],
    ['a fractional time', claim({ exp: NOW_S + 300.5 })],
    ['a time within tolerance: exp 4 s ago', claim({ exp: NOW_S - 4 })],
    ['a time within tolerance: nbf and iat 5 s ahead', claim({ nbf: NOW_S + 5, iat: NOW_S + 5 })],
    ['an unknown header member', header({ x5t: 'abc' })],
    [
      'claims with confusable names',
      resigned(
        JSON.stringify(goodHeader(ec)),
        claimsText.replace('{', '{"__proto__":{"sub":"x"},"constructor":1,'),
      ),
    ],
  ])('%s', async (_name, text) => {
    expect(await reasonFor(text)).toBe('accepted');
  });

  it('with its claims and scopes', async () => {
    expect(await verifier().verifier.verify(good)).toEqual({
      ok: true,
      claims: goodClaims(),
      scopes: new Set(['payments:read', 'payments:write']),
    });
  });

  it('with another typ where the issuer does not follow RFC 9068', async () => {
    expect(await reasonFor(header({ typ: 'JWT' }), { typ: 'JWT' })).toBe('accepted');
    expect(await reasonFor(header({ typ: undefined }), { typ: 'any' })).toBe('accepted');
    expect(await reasonFor(header({ typ: undefined }), { typ: 'JWT' })).toBe('type');
  });

  it('with an algorithm the caller adds, and refused with one the caller leaves out', async () => {
    expect(await reasonFor(token(p384), { algorithms: ['ES384'] })).toBe('accepted');
    expect(await reasonFor(good, { algorithms: ['ES384'] })).toBe('algorithm');
  });
});

const hostile: [RefusalReason, string, string][] = [
  ['missing', 'nothing', ''],
  ['too-large', 'one byte above 8 KiB', 'a'.repeat(8193)],
  ['structure', 'one segment', 'a'],
  ['structure', 'two segments', `${head}.${body}`],
  ['structure', 'four segments', `${good}.a`],
  ['structure', 'five segments, as a JWE has', `${good}.a.b`],
  ['structure', '1000 segments', Array.from({ length: 1000 }, () => 'a').join('.')],
  ['structure', 'an empty signature', `${head}.${body}.`],
  ['structure', 'an empty payload', `${head}..${signature}`],
  ['structure', 'JSON serialisation', JSON.stringify({ payload: body })],
  ['encoding', 'padding', `${head}.${body}.${signature}==`],
  ['encoding', 'the plain base64 alphabet', `${head}.${body}.${signature.slice(0, -2)}+/`],
  [
    'encoding',
    'white space inside',
    `${head}.${body}.${signature.slice(0, 9)} ${signature.slice(9)}`,
  ],
  ['encoding', 'a line feed at the end', `${good}\n`],
  ['encoding', 'unused bits set', `${head}.${body}.${signature.slice(0, -1)}B`],
  ['encoding', 'a length that no bytes have', `${head}.${body}.AAAAA`],
  ['encoding', 'non-ASCII', `${head}.${body}.é`],
  ['encoding', 'NUL', `${head}.${body}.\0`],
  ['header', 'a header that is no JSON', resigned('nonsense', claimsText)],
  ['header', 'a header that is an array', resigned('[]', claimsText)],
  [
    'header',
    'a header with a BOM',
    resigned(`\uFEFF${JSON.stringify(goodHeader(ec))}`, claimsText),
  ],
  [
    'header',
    'a header nested too deep',
    resigned(`{"a":${'['.repeat(200)}${']'.repeat(200)}}`, claimsText),
  ],
  ['header', 'b64 false', header({ b64: false })],
  ['header', 'zip', header({ zip: 'DEF' })],
  ['header', 'PBES2 parameters', header({ p2c: 1e9 })],
  [
    'duplicate-member',
    'alg twice',
    resigned(`{"alg":"none",${JSON.stringify(goodHeader(ec)).slice(1)}`, claimsText),
  ],
  [
    'duplicate-member',
    'exp twice',
    resigned(JSON.stringify(goodHeader(ec)), claimsText.replace('{', '{"exp":1,')),
  ],
  [
    'duplicate-member',
    'sub twice, once escaped',
    resigned(JSON.stringify(goodHeader(ec)), claimsText.replace('{', '{"s\\u0075b":"admin",')),
  ],
  [
    'duplicate-member',
    'a nested member twice',
    resigned(JSON.stringify(goodHeader(ec)), claimsText.replace('{', '{"a":{"b":1,"b":2},')),
  ],
  ...['none', 'None', 'NONE', 'nOnE', 'HS256', 'ES256K', 'RSA-OAEP', 'es256', ''].map(
    (alg): [RefusalReason, string, string] => ['algorithm', `alg ${alg}`, header({ alg })],
  ),
  [
    'algorithm',
    'alg none with an unsigned payload',
    `${segment({ alg: 'none', typ: 'at+jwt' })}.${body}.AA`,
  ],
  ['algorithm', 'no alg', header({ alg: undefined })],
  ['algorithm', 'alg null', header({ alg: null })],
  ['algorithm', 'alg as a list', header({ alg: ['ES256'] })],
  ['algorithm', 'HMAC over the published key', hmac('HS256', rsaPem)],
  ['algorithm', 'an RSA algorithm for an EC key', header({ alg: 'RS256' })],
  ['algorithm', 'ES256 for a P-384 key', token({ ...p384, alg: 'ES256' })],
  ['critical', 'crit with an unknown name', header({ crit: ['x'], x: 1 })],
  ['critical', 'crit that is empty', header({ crit: [] })],
  ['critical', 'crit with b64', header({ crit: ['b64'], b64: true })],
  ...['jwk', 'jku', 'x5c', 'x5u'].map((member): [RefusalReason, string, string] => [
    'embedded-key',
    member,
    header({ [member]: 'http://127.0.0.1:1/keys' }),
  ]),
  ...[undefined, 'JWT', 'dpop+jwt', 'logout+jwt', 'secevent+jwt', 'text/at+jwt', '', 7].map(
    (typ): [RefusalReason, string, string] => ['type', `typ ${typ}`, header({ typ })],
  ),
  ['type', 'cty, as a nested JWT has', header({ cty: 'JWT' })],
  ['key-unknown', 'no kid', header({ kid: undefined })],
  ['key-unknown', 'kid that is no string', header({ kid: 1 })],
  ...[
    '',
    '../../dev/null',
    '/dev/null',
    "' OR 1=1",
    '|id',
    'http://127.0.0.1/',
    '\0',
    '__proto__',
    'constructor',
  ].map((kid): [RefusalReason, string, string] => [
    'key-unknown',
    `kid ${JSON.stringify(kid)}`,
    header({ kid }),
  ]),
  ['signature', 'the kid of another published key', header({ kid: otherEc.kid })],
  ['signature', 'another key of the same kind', token({ ...ecKey('x'), kid: ec.kid })],
  ['signature', 'a flipped bit', flipped(good, good.length - 10)],
  [
    'signature',
    'a changed payload',
    `${head}.${segment(goodClaims({ sub: 'admin' }))}.${signature}`,
  ],
  ['signature', 'a changed header', `${segment({ ...goodHeader(ec), x: 1 })}.${body}.${signature}`],
  ['signature', 'r = s = 0', rawSignature(Buffer.alloc(64))],
  ['signature', 'r and s out of range', rawSignature(Buffer.alloc(64, 0xff))],
  ['signature', 'too short', rawSignature(Buffer.alloc(63, 1))],
  ['signature', 'RS256 for PS256', token({ ...rsa, alg: 'RS256' }, { header: { alg: 'PS256' } })],
  [
    'signature',
    'zeroes under EdDSA',
    `${token(ed).split('.').slice(0, 2).join('.')}.${Buffer.alloc(64).toString('base64url')}`,
  ],
  [
    'claims-format',
    'a payload that is no JSON',
    resigned(JSON.stringify(goodHeader(ec)), 'nonsense'),
  ],
  ['claims-format', 'a payload that is an array', resigned(JSON.stringify(goodHeader(ec)), '[]')],
  [
    'claims-format',
    'a payload of bad UTF-8',
    signSegments(
      ec,
      segment(goodHeader(ec)),
      Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url'),
    ),
  ],
  [
    'claims-format',
    'UTF-16',
    signSegments(
      ec,
      segment(goodHeader(ec)),
      Buffer.from(claimsText, 'utf16le').toString('base64url'),
    ),
  ],
  ...['"9999999999"', 'null', '[9999999999]', '1e400', '1798761900000', '-1', 'true'].map(
    (text): [RefusalReason, string, string] => [
      text === '-1' ? 'expired' : 'claims-format',
      `exp ${text}`,
      resigned(JSON.stringify(goodHeader(ec)), claimsText.replace(/"exp":\d+/, `"exp":${text}`)),
    ],
  ),
  ['claims-format', 'iat as text', claim({ iat: '1' })],
  ['claims-format', 'nbf as text', claim({ nbf: '1' })],
  ['claims-format', 'a negative iat', claim({ iat: -1 })],
  ['claims-format', 'sub as a number', claim({ sub: 1 })],
  ['claims-format', 'sub empty', claim({ sub: '' })],
  ['claims-format', 'client_id empty', claim({ client_id: '' })],
  ...['sub', 'client_id'].flatMap((name) =>
    ['a\nb', '\0', '\u007f', '\u0085', '\ud800', 'a\udc00b', '\ufffe', '\u{1ffff}'].map(
      (value): [RefusalReason, string, string] => [
        'claims-format',
        `${name} of UTF-16 ${hexOf(value)}`,
        claim({ [name]: value }),
      ],
    ),
  ),
  ['claims-format', 'client_id as a list', claim({ client_id: ['app'] })],
  ['claims-format', 'aud with a number beside ours', claim({ aud: [AUDIENCE, 1] })],
  ['expired', 'an hour ago', claim({ exp: NOW_S - 3600 })],
  ['expired', 'exactly at exp + 5 s', claim({ exp: NOW_S - 5 })],
  ['not-yet-valid', 'nbf 6 s ahead', claim({ nbf: NOW_S + 6 })],
  ['not-yet-valid', 'iat 6 s ahead', claim({ iat: NOW_S + 6 })],
  ...[
    `${ISSUER}/`,
    ISSUER.toUpperCase(),
    ISSUER.replace('http', 'https'),
    `${ISSUER}.evil.example`,
    [ISSUER],
  ].map((iss): [RefusalReason, string, string] => [
    'issuer',
    `iss ${JSON.stringify(iss)}`,
    claim({ iss }),
  ]),
  ...['events', '', 'ap', 'apis', 'API', [], ['other'], [[AUDIENCE]], { api: true }].map(
    (aud): [RefusalReason, string, string] => [
      'audience',
      `aud ${JSON.stringify(aud)}`,
      claim({ aud }),
    ],
  ),
  ...['iss', 'sub', 'aud', 'exp', 'iat', 'jti', 'client_id'].map(
    (name): [RefusalReason, string, string] => ['claim-missing', `no ${name}`, without(name)],
  ),
  ['sender-constrained', 'a DPoP-bound token sent as a bearer token', claim({ cnf: { jkt: 'x' } })],
];

describe('a bad token is refused', () => {
  it.each(hostile)('%s: %s', async (reason, _name, text) => {
    expect(await reasonFor(text)).toBe(reason);
  });

  it('with keys-unavailable when there are no keys, even if it was accepted before', async () => {
    let keySet = await published.current();
    const keys: JwksSource = { current: async () => keySet, renewed: async () => keySet };
    const { verifier: strict } = verifier({ keys });
    expect(await strict.verify(good)).toMatchObject({ ok: true });
    keySet = undefined;
    expect(await strict.verify(good)).toMatchObject({ reason: 'keys-unavailable' });
  });

  it('for every reason there is, with a sentence that repeats nothing of the token', async () => {
    const reasons = new Set<string>(hostile.map(([reason]) => reason));
    const all = [...reasons, 'keys-unavailable', ...Object.keys(POLICY_TEXT)];
    expect(all.sort()).toEqual(Object.keys(REFUSAL_TEXT).sort());
    for (const [, , text] of hostile) {
      const verdict = await verifier().verifier.verify(text);
      const known = Object.values(REFUSAL_TEXT).find(
        (sentence) => !verdict.ok && verdict.detail.startsWith(sentence.slice(0, -1)),
      );
      expect(known).toBeDefined();
      expect(verdict).toMatchObject({ detail: expect.stringMatching(/^[A-Za-z0-9 ,.+()_:;-]+$/) });
    }
  });
});

describe('scopes', () => {
  it.each([
    ['a list', ['payments:read']],
    ['commas', 'payments:read,x payments:read\t'],
    ['a tab', 'payments:read\tpayments:write'],
    ['two spaces', 'payments:read  payments:write'],
    ['nothing', undefined],
    ['a number', 1],
  ])('of a malformed form grant nothing: %s', async (_name, scope) => {
    const verdict = await verifier().verifier.verify(claim({ scope }));
    expect(verdict).toMatchObject({ ok: true, scopes: new Set() });
  });
});

describe('the memory of accepted tokens', () => {
  it('ends when the token expires', async () => {
    const { verifier: strict, clock } = verifier();
    expect(await strict.verify(good)).toMatchObject({ ok: true });
    clock.advance(304_999);
    expect(await strict.verify(good)).toMatchObject({ ok: true });
    clock.advance(1);
    expect(await strict.verify(good)).toMatchObject({ reason: 'expired' });
  });

  it('is emptied when the keys change', async () => {
    let keySet = await published.current();
    const keys: JwksSource = { current: async () => keySet, renewed: async () => keySet };
    const { verifier: strict } = verifier({ keys });
    expect(await strict.verify(good)).toMatchObject({ ok: true });
    keySet = readKeySet({ keys: [otherEc.jwk] });
    expect(await strict.verify(good)).toMatchObject({ reason: 'key-unknown' });
  });

  it('saves checking a signature again', async () => {
    const { verifier: strict } = verifier();
    const first = await strict.verify(good);
    expect(await strict.verify(good)).toBe(first);
  });
});
