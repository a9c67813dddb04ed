import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeProtectedHeader } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { useKeys } from './keys.ts';
import { MINT_INPUT, type TokenBench, tokenBench } from './tokens.fixture.ts';
import { type MintInput, mintTokens } from './tokens.ts';
import { loadWorkspace } from './workspace.ts';

let bench: TokenBench;
let issuer: TokenBench;
let token: string;
beforeEach(async () => {
  bench = tokenBench('name: bank');
  issuer = tokenBench('name: other');
  token = await mint({}, issuer);
});
afterEach(() => {
  bench[Symbol.dispose]();
  issuer[Symbol.dispose]();
});

async function mint(change: Partial<MintInput>, { context } = bench): Promise<string> {
  const { data } = await mintTokens(context, { ...MINT_INPUT, ...change });
  return data.tokens[0]?.token ?? '';
}

const breaking = (...defects: string[]) => ({ from: { token, jwks: undefined }, defects });

describe('a token that is given', () => {
  it('is broken in the ways that take no key of its issuer', async () => {
    const broken = await mint(breaking('signature/none'));
    expect(decodeProtectedHeader(broken)).toMatchObject({ alg: 'none' });
    expect(broken.split('.').slice(1)).toEqual([token.split('.')[1], '']);
  });

  it('comes back as it came, as the twin', async () => {
    await expect(mint({ ...breaking('signature/none'), twin: true })).resolves.toBe(token);
  });

  it('may come on stdin, as people paste it', async () => {
    const from = { token: '-', jwks: undefined };
    const context = bench.withStdin(`Authorization: Bearer ${token}\n`);
    const change = { from, defects: ['signature/none'] };
    const expected = await mint(breaking('signature/none'));
    await expect(mint(change, { ...bench, context })).resolves.toBe(expected);
  });

  it('may be broken in several ways at once, the same for a seed', async () => {
    const change = { ...breaking('hmac/short', 'signature/bit-flip', 'json/general'), seed: 's' };
    const broken = await mint(change);
    expect(JSON.parse(broken)).toMatchObject({ signatures: [{}] });
    await expect(mint(change)).resolves.toBe(broken);
  });

  it('leads to the callback', async () => {
    const broken = await mint({ ...breaking('jku/attacker'), callback: 'http://127.0.0.1:9/keys' });
    expect(decodeProtectedHeader(broken).jku).toBe('http://127.0.0.1:9/keys');
  });

  it('is confused with the key its issuer publishes, once that is named', async () => {
    const file = join(bench.folder, 'jwks.json');
    const workspace = await loadWorkspace(issuer.context);
    const keys = await useKeys(issuer.context, workspace, (store) => store.jwks());
    await expect(mint(breaking('confusion/curve-pem'))).rejects.toMatchObject({
      code: 'USAGE_INVALID',
      hint: expect.stringContaining('--jwks'),
    });
    writeFileSync(file, JSON.stringify(keys));
    const change = { ...breaking('confusion/curve-pem'), from: { token, jwks: file } };
    expect(decodeProtectedHeader(await mint(change))).toMatchObject({ alg: 'HS256' });
  });

  it.each([
    ['claims/expired', 'USAGE_INVALID', 'Leave out --from'],
    ['confusion/rsa-pem', 'USAGE_INVALID', '--alg PS256'],
    ['transport/query', 'USAGE_INVALID', 'token matrix'],
    ['signature/nun', 'TOKEN_UNKNOWN_DEFECT', 'token defects'],
  ])('cannot have the defect %s', async (...[defect, code, hint]) => {
    await expect(mint(breaking(defect))).rejects.toMatchObject({
      code,
      hint: expect.stringContaining(hint),
    });
  });

  it('must be a token, of at most 64 KiB', async () => {
    const from = { token: 'opaque', jwks: undefined };
    const change = { from, defects: ['signature/none'] };
    await expect(mint(change)).rejects.toMatchObject({ code: 'TOKEN_MALFORMED' });
    const piped = { ...change, from: { token: '-', jwks: undefined } };
    const context = bench.withStdin('x'.repeat(64 * 1024 + 1));
    await expect(mint(piped, { ...bench, context })).rejects.toMatchObject({
      code: 'TOKEN_MALFORMED',
      message: expect.stringContaining('65536'),
    });
  });
});
