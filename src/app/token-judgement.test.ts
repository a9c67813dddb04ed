import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { projectKeys } from './keys.ts';
import { inspectToken, type VerifyInput, verifyToken } from './token-judgement.ts';
import { MINT_INPUT, type TokenBench, tokenBench } from './tokens.fixture.ts';
import { type MintInput, mintTokens } from './tokens.ts';

let bench: TokenBench;
beforeEach(() => {
  bench = tokenBench();
});
afterEach(() => bench[Symbol.dispose]());

async function mint(change: Partial<MintInput> = {}): Promise<string> {
  const { data } = await mintTokens(bench.context, { ...MINT_INPUT, ...change });
  return data.tokens[0]?.token ?? '';
}

const VERIFY: Omit<VerifyInput, 'token'> = {
  jwks: undefined,
  issuer: undefined,
  audience: 'api',
  algorithm: undefined,
  issuerUrl: undefined,
  typ: undefined,
  signatureOnly: false,
  proof: undefined,
};
const verify = (token: string, change: Partial<VerifyInput> = {}) =>
  verifyToken(bench.context, { ...VERIFY, token, ...change });

describe('inspecting', () => {
  it('shows what a token says, with its times as dates, and judges nothing', async () => {
    const token = await mint({ defects: ['signature/none'] });
    await expect(inspectToken(bench.context, token)).resolves.toMatchObject({
      data: {
        header: { alg: 'none' },
        claims: { sub: 'usr_customer' },
        signatureBytes: 0,
        times: { iat: '2027-01-01T00:00:00.000Z', exp: '2027-01-01T00:05:00.000Z' },
      },
    });
  });

  it('reads stdin, with a prefix and a line feed', async () => {
    const context = bench.withStdin(`Authorization: Bearer ${await mint()}\n`);
    await expect(inspectToken(context, undefined)).resolves.toMatchObject({
      data: { claims: { sub: 'usr_customer' } },
    });
  });

  it('shows no date for a time that is none', async () => {
    const token = await mint({ claims: { nbf: 1e300, auth_time: 'soon' } });
    const { data } = await inspectToken(bench.context, token);
    expect(Object.keys(data.times)).toEqual(['iat', 'exp']);
  });

  it.each(['', 'hello', 'a.b.c', 'x'.repeat(70_000)])('refuses %.10s', async (text) => {
    await expect(inspectToken(bench.withStdin(text), undefined)).rejects.toMatchObject({
      code: 'TOKEN_MALFORMED',
    });
  });
});

describe('verifying', () => {
  it.each(['ES256', 'EdDSA', 'PS256', 'RS256'] as const)(
    'accepts a good %s token',
    async (algorithm) => {
      const { data, failure } = await verify(await mint({ algorithm }));
      expect(failure).toBeUndefined();
      expect(data.accepted).toBe(true);
      expect(data.steps.every(({ result }) => result === 'passed')).toBe(true);
    },
  );

  it.each([
    ['claims/expired', 'expired', 'time', 'It expired at 2026-12-31T23:00:00.000Z.'],
    [
      'claims/not-yet-valid',
      'not-yet-valid',
      'time',
      'It is valid from 2027-01-01T00:05:00.000Z on.',
    ],
    ['claims/issuer-other', 'issuer', 'issuer', 'iss is "https://other.example"'],
    ['claims/audience-other', 'audience', 'audience', 'expected "api"'],
    ['claims/subject-missing', 'claim-missing', 'claims', 'inspect'],
    ['header/type-other', 'type', 'type', 'inspect'],
    ['header/key-unknown', 'key-unknown', 'key', 'inspect'],
    ['signature/bit-flip', 'signature', 'signature', 'inspect'],
    ['signature/none', 'structure', 'form', 'inspect'],
  ] as const)(
    'refuses %s, names the step that failed, and says what it found',
    async (...[defect, reason, step, hint]) => {
      const { data, failure } = await verify(await mint({ defects: [defect] }));
      expect(data).toMatchObject({ accepted: false, reason });
      expect(data.steps.filter(({ result }) => result === 'failed')).toEqual([
        { step, result: 'failed' },
      ]);
      expect(failure).toMatchObject({ code: 'TOKEN_REFUSED', hint: expect.stringContaining(hint) });
    },
  );

  it('with --signature-only judges no claim', async () => {
    const expired = await mint({ defects: ['claims/expired'] });
    await expect(verify(expired, { signatureOnly: true })).resolves.toMatchObject({
      data: { accepted: true },
    });
    const flipped = await mint({ defects: ['signature/bit-flip'] });
    const { data } = await verify(flipped, { signatureOnly: true });
    expect(data).toMatchObject({ accepted: false, reason: 'signature' });
    expect(data.steps.at(-1)).toEqual({ step: 'signature', result: 'failed' });
  });

  it.each([
    ['header/key-unknown', 'key-unknown'],
    ['signature/none', 'structure'],
  ])('with --signature-only refuses %s', async (defect, reason) => {
    await expect(
      verify(await mint({ defects: [defect] }), { signatureOnly: true }),
    ).resolves.toMatchObject({
      data: { accepted: false, reason },
    });
  });

  it('holds a token to the algorithm, issuer, audience and type that were asked for', async () => {
    const token = await mint({
      issuer: 'https://idp.test',
      audience: 'shop',
      defects: ['header/type-other'],
    });
    const rules = { issuer: 'https://idp.test', audience: 'shop', typ: 'JWT' as const };
    await expect(verify(token, rules)).resolves.toMatchObject({ data: { accepted: true } });
    await expect(verify(token, { ...rules, algorithm: 'EdDSA' })).resolves.toMatchObject({
      data: { reason: 'algorithm' },
    });
  });

  it('takes keys from a file or an address', async () => {
    const token = await mint();
    const jwks = JSON.stringify(projectKeys(bench.context, undefined).jwks());
    writeFileSync(join(bench.context.cwd, 'jwks.json'), jwks);
    await expect(verify(token, { jwks: 'jwks.json' })).resolves.toMatchObject({
      data: { accepted: true },
    });
    const server = createServer((_request, response) => response.end(jwks));
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
    await expect(verify(token, { jwks: url })).resolves.toMatchObject({ data: { accepted: true } });
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
    await expect(verify(token, { jwks: url })).rejects.toMatchObject({ code: 'KEYS_UNREADABLE' });
  });

  it.each([
    ['no JSON', '{"d":"top-secret'],
    ['no JWK Set', '{"d":"top-secret"}'],
    ['too large', `{"keys":[],"x":"${'x'.repeat(300_000)}"}`],
  ])('refuses keys that are %s, and quotes none of them', async (_name, text) => {
    writeFileSync(join(bench.context.cwd, 'jwks.json'), text);
    const error: unknown = await verify(await mint(), { jwks: 'jwks.json' }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'KEYS_UNREADABLE' });
    expect(String(error)).not.toContain('top-secret');
  });

  it('lets no claim steer the terminal', async () => {
    const token = await mint({ audience: '\u009b31m\u202e' });
    const { failure } = await verify(token);
    expect(failure?.hint).toContain(String.raw`aud is "\u{9b}31m\u{202e}"`);
  });
});
