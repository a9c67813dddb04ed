import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { projectKeys } from './keys.ts';
import { type VerifyInput, verifyToken } from './token-judgement.ts';
import { MINT_INPUT, type TokenBench, tokenBench } from './tokens.fixture.ts';
import { type MintInput, mintTokens } from './tokens.ts';

let bench: TokenBench;
let server: Server | undefined;
beforeEach(() => {
  bench = tokenBench();
});
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  bench[Symbol.dispose]();
});

const VERIFY: Omit<VerifyInput, 'token'> = {
  jwks: undefined,
  issuerUrl: undefined,
  issuer: undefined,
  audience: 'api',
  algorithm: undefined,
  typ: undefined,
  signatureOnly: false,
  proof: undefined,
};
const verify = (token: string, change: Partial<VerifyInput> = {}) =>
  verifyToken(bench.context, { ...VERIFY, token, ...change });

async function mintOne(change: Partial<MintInput> = {}) {
  const { data } = await mintTokens(bench.context, { ...MINT_INPUT, ...change });
  const [minted] = data.tokens;
  if (minted === undefined) throw new Error('nothing was minted');
  return minted;
}

const jwksText = () => JSON.stringify(projectKeys(bench.context, undefined).jwks());

/** An issuer that answers these paths, with `{origin}` filled in. */
async function serve(pages: () => Record<string, string>): Promise<string> {
  const started = createServer((request, response) => {
    const page = pages()[request.url ?? ''];
    response.statusCode = page === undefined ? 404 : 200;
    response.end(page?.replaceAll('{origin}', `http://${request.headers.host}`));
  });
  server = started;
  await new Promise<void>((resolve) => {
    started.listen(0, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}`;
}

describe('an issuer found by discovery', () => {
  const metadata = (path = '') =>
    JSON.stringify({ issuer: `{origin}${path}`, jwks_uri: '{origin}/keys' });

  it.each([
    ['RFC 8414', '', '/.well-known/oauth-authorization-server'],
    ['RFC 8414, with a path', '/bank', '/.well-known/oauth-authorization-server/bank'],
    ['OpenID Connect', '', '/.well-known/openid-configuration'],
    ['OpenID Connect, with a path', '/bank', '/bank/.well-known/openid-configuration'],
  ])('by %s: its keys judge tokens that name it', async (_name, path, address) => {
    const origin = await serve(() => ({ [address]: metadata(path), '/keys': jwksText() }));
    const issuerUrl = `${origin}${path}`;
    const { token } = await mintOne({ issuer: issuerUrl });
    expect((await verify(token, { issuerUrl })).data).toMatchObject({
      accepted: true,
      issuer: issuerUrl,
    });
    const other = await mintOne({ issuer: `${issuerUrl}/other` });
    expect((await verify(other.token, { issuerUrl })).data).toMatchObject({ reason: 'issuer' });
  });

  it.each([
    [
      'of another issuer',
      { issuer: 'https://other.example', jwks_uri: '{origin}/keys' },
      'names another issuer',
    ],
    [
      'with a trailing slash',
      { issuer: '{origin}/', jwks_uri: '{origin}/keys' },
      'names another issuer',
    ],
    ['without keys', { issuer: '{origin}' }, 'names no jwks_uri'],
    [
      'with keys in a file',
      { issuer: '{origin}', jwks_uri: 'file:///etc/keys' },
      'names no jwks_uri',
    ],
    ['that are text', 'text', 'it is no JSON object'],
    [
      'that are too large',
      { issuer: '{origin}', x: 'x'.repeat(300_000) },
      'more than 262144 bytes',
    ],
  ])('is refused with metadata %s', async (_name, page, why) => {
    const issuerUrl = await serve(() => ({
      '/.well-known/oauth-authorization-server': JSON.stringify(page),
    }));
    await expect(verify('a.b.c', { issuerUrl })).rejects.toMatchObject({
      code: 'KEYS_UNREADABLE',
      message: expect.stringContaining(why),
    });
  });

  it('is refused when there are no metadata, by both addresses', async () => {
    const issuerUrl = await serve(() => ({}));
    await expect(verify('a.b.c', { issuerUrl })).rejects.toMatchObject({
      message: expect.stringMatching(
        /oauth-authorization-server: status 404; .*openid.*: status 404/,
      ),
    });
  });

  it.each(['login', 'ftp://x', 'https://x/?a', 'https://x/#a'])(
    'is not at %s',
    async (issuerUrl) => {
      await expect(verify('a.b.c', { issuerUrl })).rejects.toMatchObject({ code: 'USAGE_INVALID' });
    },
  );
});

describe('a token that is bound to a key', () => {
  const request = { method: 'POST', url: 'http://127.0.0.1:8080/v1/payments' };
  const mintBound = () => mintOne({ proof: { ...request, nonce: undefined } });

  it('is judged with its proof', async () => {
    const { token, proof = '' } = await mintBound();
    const { data } = await verify(token, { proof: { proof, ...request } });
    expect(data).toMatchObject({ accepted: true });
    expect(data.steps.slice(-2)).toEqual([
      { step: 'binding', result: 'passed' },
      { step: 'proof', result: 'passed' },
    ]);
  });

  it('is refused without it, with a word on how to give it', async () => {
    const { token } = await mintBound();
    const { data, failure } = await verify(token);
    expect(data.steps.at(-1)).toEqual({ step: 'binding', result: 'failed' });
    expect(failure?.hint).toContain('--dpop-proof');
  });

  it('is refused with one for another request, which is named', async () => {
    const { token, proof = '' } = await mintBound();
    const { data, failure } = await verify(token, { proof: { proof, ...request, method: 'GET' } });
    expect(data).toMatchObject({ accepted: false, reason: 'proof-invalid' });
    expect(data.steps.at(-1)).toEqual({ step: 'proof', result: 'failed' });
    expect(failure?.hint).toBe(
      'The proof is for "POST" "http://127.0.0.1:8080/v1/payments", made at 2027-01-01T00:00:00.000Z.',
    );
  });

  it('is what a proof must be for', async () => {
    const { proof = '' } = await mintBound();
    const { token } = await mintOne();
    const { data } = await verify(token, { proof: { proof, ...request } });
    expect(data).toMatchObject({ reason: 'scheme' });
    expect(data.steps.slice(-2)).toEqual([
      { step: 'binding', result: 'failed' },
      { step: 'proof', result: 'not reached' },
    ]);
  });
});

describe('the keys of a JWK Set that are no good', () => {
  it('are named, each with its fault', async () => {
    const { token } = await mintOne();
    const { keys } = projectKeys(bench.context, undefined).jwks();
    const bad = [
      { kty: 'oct', k: 'c2VjcmV0', kid: 'a\u001b[31m' },
      { ...keys[0], kid: 'b', use: 'enc' },
      { ...keys[0], kid: 'c' },
      { ...keys[1], kid: 'c' },
    ];
    writeFileSync(
      join(bench.context.cwd, 'keys.json'),
      JSON.stringify({ keys: [...keys, ...bad] }),
    );
    const { data } = await verify(token, { jwks: 'keys.json' });
    expect(data).toMatchObject({
      accepted: true,
      leftOut: [
        { why: 'it holds private or symmetric parts' },
        { kid: 'b', why: 'its use is not sig' },
        { kid: 'c', why: 'its kid is used twice' },
        { kid: 'c', why: 'its kid is used twice' },
      ],
    });
    expect(bench.warnings).toHaveLength(4);
    for (const text of ['\u001b', 'c2VjcmV0']) {
      expect(bench.warnings.join('\n')).not.toContain(text);
    }
  });
});

describe('fintech.yaml', () => {
  it('says which type and which claim of scopes tokens have', async () => {
    bench[Symbol.dispose]();
    bench = tokenBench('name: bank\nidentity: { typ: JWT, scopeClaim: scp }\n');
    const scp = { scopes: [], claims: { scp: ['a', 'b'] } };
    const { token } = await mintOne({
      ...scp,
      persona: 'customer',
      defects: ['header/type-other'],
    });
    expect((await verify(token)).data).toMatchObject({ accepted: true, scopes: ['a', 'b'] });
    expect((await verify(token, { typ: 'at+jwt' })).data).toMatchObject({ reason: 'type' });
  });
});
