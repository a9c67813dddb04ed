import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { calculateJwkThumbprint, decodeJwt, decodeProtectedHeader } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatToken } from '../model/token-request.ts';
import { listDefects } from './defects.ts';
import { listKeys } from './keys.ts';
import { MINT_INPUT, type TokenBench, tokenBench } from './tokens.fixture.ts';
import { type MintInput, mintTokens } from './tokens.ts';

const CONFIG = `
name: bank
sandbox: { ports: { identity: 9555 } }
identity:
  clients:
    ledger: { scopes: [events:append, ledger:read] }
  personas:
    customer: { sub: usr_anna, scopes: [accounts:read, 'AIS:7'], claims: { tenant: { id: 7 } } }
    vip: { sub: usr_vip, scopes: [], claims: { iss: 'https://elsewhere.test' } }
gateway:
  routes:
    - { path: /v1/ledger, service: ledger, scopes: [ledger:post] }
services:
  ledger: { path: services/ledger }
`;

let bench: TokenBench;
beforeEach(() => {
  bench = tokenBench(CONFIG);
});
afterEach(() => bench[Symbol.dispose]());

async function claimsOf(change: Partial<MintInput>, { context } = bench) {
  const { data } = await mintTokens(context, { ...MINT_INPUT, ...change });
  return decodeJwt(data.tokens[0]?.token ?? '');
}

describe('whom a token speaks for', () => {
  it('is the customer, with scopes and claims of the workspace', async () => {
    await expect(claimsOf({})).resolves.toMatchObject({
      iss: 'http://127.0.0.1:9555',
      sub: 'usr_anna',
      client_id: 'fintech-cli',
      scope: 'accounts:read AIS:7',
      tenant: { id: 7 },
    });
  });

  it('may be a client, by its own name', async () => {
    await expect(claimsOf({ persona: 'service:ledger' })).resolves.toMatchObject({
      sub: 'ledger',
      client_id: 'ledger',
      scope: 'events:append ledger:read',
    });
  });

  it('is a default persona outside a workspace, with keys of the user', async () => {
    using outside = tokenBench();
    await expect(claimsOf({ persona: 'auditor' }, outside)).resolves.toMatchObject({
      sub: 'usr_auditor',
      iss: 'http://127.0.0.1:9080',
    });
    const keys = join(outside.folder, 'state', 'fintech', 'keys');
    expect(existsSync(join(keys, 'ES256.jwk.json'))).toBe(true);
    await expect(listKeys(outside.context)).resolves.toMatchObject({
      data: { folder: keys, keys: [{ algorithm: 'ES256' }, { algorithm: 'EdDSA' }] },
    });
  });

  it('must be named where there is no customer', async () => {
    using other = tokenBench(
      'name: x\nidentity: { personas: { boss: { sub: usr_b, scopes: [] } } }',
    );
    await expect(claimsOf({}, other)).rejects.toMatchObject({
      code: 'USAGE_MISSING_VALUE',
      hint: expect.stringMatching(/^Known are boss, /),
    });
  });

  it('must be known: the nearest name is suggested', async () => {
    await expect(claimsOf({ persona: 'custmer' })).rejects.toMatchObject({
      code: 'TOKEN_UNKNOWN_PERSONA',
      message: expect.stringContaining('"customer"'),
    });
  });
});

describe('scopes of a token', () => {
  it('replace those of the persona, with a note for what it does not hold', async () => {
    const claims = await claimsOf({ scopes: ['accounts:read', 'ledger:post'] });
    expect(claims['scope']).toBe('accounts:read ledger:post');
    expect(bench.notes).toEqual(['note: customer does not hold ledger:post; minted all the same']);
  });

  it.each([
    'ledger:post',
    'events:append',
    'sandbox:admin',
    'fundsconfirmations',
    'AIS:123',
    'fdx:tax:read',
  ])('may be %s, which project, components or presets know', async (scope) => {
    await expect(claimsOf({ scopes: [scope] })).resolves.toMatchObject({ scope });
  });

  it.each([
    ['ledger:pots', 'TOKEN_UNKNOWN_SCOPE', '"ledger:post"'],
    ['AIS:', 'TOKEN_UNKNOWN_SCOPE', ''],
    ['nonsense-of-a-scope', 'TOKEN_UNKNOWN_SCOPE', ''],
    ['a"b', 'USAGE_INVALID', ''],
  ])('may not be %s', async (scope, code, message) => {
    await expect(claimsOf({ scopes: [scope] })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  it('may be none at all', async () => {
    expect(await claimsOf({ scopes: [] })).not.toHaveProperty('scope');
  });
});

describe('times of a token', () => {
  it('start now, or at the time asked for, shifted by the skew', async () => {
    await expect(claimsOf({})).resolves.toMatchObject({ iat: 1_798_761_600, exp: 1_798_761_900 });
    const atMs = Date.UTC(2030, 0, 1);
    await expect(claimsOf({ atMs, skewMs: -90_000, lifetimeS: 60 })).resolves.toMatchObject({
      iat: atMs / 1000 - 90,
      exp: atMs / 1000 - 30,
    });
  });
});

describe('the issuer of a token', () => {
  it.each([
    'http://localhost:3000',
    'http://127.9.9.9/x',
    'http://[::1]:9',
    'https://idp.test/',
    'https://a.b.example/realms/x',
    'http://tenant.localhost',
  ])('may be %s, written as it was given', async (issuer) => {
    await expect(claimsOf({ issuer })).resolves.toMatchObject({ iss: issuer });
  });

  it.each([
    'https://login.bank.com',
    'http://localhost.evil.com',
    'http://127.0.0.1@evil.com',
    'https://test.com',
    'https://example.com',
    'https://idp.test.',
    'http://127.0.0.1.evil.com',
  ])('may be %s only for its owner', async (issuer) => {
    await expect(claimsOf({ issuer })).rejects.toMatchObject({ code: 'TOKEN_FOREIGN_ISSUER' });
    await expect(claimsOf({ issuer, ownsIssuer: true })).resolves.toMatchObject({ iss: issuer });
  });

  it.each(['bank', '', 'file:///etc/passwd', 'javascript:1'])('may never be %j', async (issuer) => {
    await expect(claimsOf({ issuer, ownsIssuer: true })).rejects.toMatchObject({
      code: 'USAGE_INVALID',
    });
  });
});

describe('claims that have a flag', () => {
  it.each(['iss', 'aud', 'scope', 'iat', 'exp'])('%s is not taken from --claim', async (claim) => {
    await expect(claimsOf({ claims: { [claim]: 'x' } })).rejects.toMatchObject({
      code: 'USAGE_INVALID',
    });
  });

  it('are not taken from a persona either, where the issuer would slip through', async () => {
    await expect(claimsOf({ persona: 'vip' })).rejects.toMatchObject({
      code: 'USAGE_INVALID',
      hint: 'Use --iss for it.',
    });
  });
});

describe('defects', () => {
  it('differ from their twin in what they are named for, given a seed', async () => {
    const same = { defects: ['claims/audience-other'], seed: 's' };
    const [defective, twin] = [await claimsOf(same), await claimsOf({ ...same, twin: true })];
    expect(defective).toEqual({ ...twin, aud: 'https://other.example' });
  });

  it('must be known: the nearest one is suggested', async () => {
    await expect(claimsOf({ defects: ['claim/expired'] })).rejects.toMatchObject({
      code: 'TOKEN_UNKNOWN_DEFECT',
      message: expect.stringContaining('"claims/expired"'),
    });
  });

  it('of sending are left to token matrix', async () => {
    await expect(claimsOf({ defects: ['transport/query'] })).rejects.toMatchObject({
      code: 'USAGE_INVALID',
      hint: expect.stringContaining('token matrix --only transport/query'),
    });
  });

  it('are listed without how they are made', async () => {
    const [first] = (await listDefects()).data;
    expect(first).toEqual(JSON.parse(JSON.stringify(first)));
    expect(first).toMatchObject({ id: 'signature/none', class: 'S1', mintable: true, needs: [] });
  });
});

describe('a token bound to a key', () => {
  const proof = { method: 'POST', url: 'https://bank.example/a?b=c', nonce: 'n' };

  it('comes with a proof for the request it was told of, made when the token was', async () => {
    const input = { ...MINT_INPUT, proof, atMs: 5_000_000, skewMs: -90_000 };
    const { data } = await mintTokens(bench.context, input);
    expect(data).toMatchObject({ method: 'POST', target: proof.url });
    const [minted] = data.tokens;
    const claims = decodeJwt(minted?.proof ?? '');
    expect(claims).toMatchObject({
      htm: 'POST',
      htu: 'https://bank.example/a',
      iat: 4910,
      nonce: 'n',
    });
    const { jwk = {} } = decodeProtectedHeader(minted?.proof ?? '');
    expect(minted?.claims['cnf']).toEqual({ jkt: await calculateJwkThumbprint(jwk) });
  });

  it('is what a defect of proofs is about, and so is its twin', async () => {
    for (const twin of [false, true]) {
      const input = { ...MINT_INPUT, defects: ['dpop/method-other'], seed: 's', twin };
      const { data } = await mintTokens(bench.context, input);
      const target = expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/);
      expect(data).toMatchObject({ method: 'GET', target });
      expect(decodeJwt(data.tokens[0]?.proof ?? '')['htm']).toBe(twin ? 'GET' : 'POST');
    }
  });

  it('is printed with its proof, as fields or for curl', async () => {
    const { data } = await mintTokens(bench.context, { ...MINT_INPUT, proof });
    const [minted] = data.tokens;
    if (minted === undefined) throw new Error('nothing was minted');
    const { token, proof: made } = minted;
    const request = { method: data.method, url: data.target };
    expect(formatToken(minted, 'header', request)).toBe(
      `Authorization: DPoP ${token}\nDPoP: ${made}`,
    );
    expect(formatToken(minted, 'curl', request)).toBe(
      `curl --request POST --header 'Authorization: DPoP ${token}' --header 'DPoP: ${made}' 'https://bank.example/a?b=c'`,
    );
  });
});

describe('many tokens', () => {
  it('are streamed, one in a line', async () => {
    const { data } = await mintTokens(bench.context, {
      ...MINT_INPUT,
      count: 1000,
      streamed: true,
    });
    const lines = bench.written.join('').split('\n');
    expect(data.tokens).toEqual([]);
    expect(bench.written.length).toBeGreaterThan(1);
    expect(lines.pop()).toBe('');
    expect(new Set(lines.map((line) => decodeJwt(line).jti)).size).toBe(1000);
  });

  it('stop when the user has enough', async () => {
    const abort = new AbortController();
    const { reporter } = bench.context;
    const write = async () => abort.abort(new Error('enough'));
    const context = { ...bench.context, signal: abort.signal, reporter: { ...reporter, write } };
    await expect(
      mintTokens(context, { ...MINT_INPUT, count: 100_000, streamed: true }),
    ).rejects.toThrow('enough');
  });
});
