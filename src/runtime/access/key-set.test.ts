import { describe, expect, it } from 'vitest';
import { ecKey, edKey, rsaKey } from './issuer.fixture.ts';
import { fixedJwks } from './jwks-source.ts';
import { readKeySet } from './key-set.ts';

const ec = ecKey('a').jwk;

function leftOutWhy(...jwks: unknown[]): string[] {
  return (readKeySet({ keys: jwks })?.leftOut ?? []).map(({ why }) => why);
}

describe('a published key', () => {
  it('is used for the algorithms that fit it', () => {
    const jwks = [ec, edKey('b').jwk, rsaKey('c').jwk, { ...rsaKey('d').jwk, alg: 'PS256' }];
    const keys = readKeySet({ keys: jwks })?.keys;
    expect([...(keys?.get('a')?.algorithms ?? [])]).toEqual(['ES256']);
    expect([...(keys?.get('b')?.algorithms ?? [])]).toEqual(['EdDSA', 'Ed25519']);
    expect(keys?.get('c')?.algorithms).toContain('RS256');
    expect([...(keys?.get('d')?.algorithms ?? [])]).toEqual(['PS256']);
  });

  it('may name its use and operations', () => {
    expect(leftOutWhy({ ...ec, use: 'sig', key_ops: ['verify'] })).toEqual([]);
  });

  it.each([
    ['it holds private or symmetric parts', ecKey('a').privateKey.export({ format: 'jwk' })],
    ['it holds private or symmetric parts', { kty: 'oct', k: 'AAAA' }],
    ['RSA of less than 2048 bits', rsaKey('a', { bits: 1024 }).jwk],
    ['RSA with an exponent below 65537', rsaKey('a', { exponent: 3 }).jwk],
    ['its use is not sig', { ...ec, use: 'enc' }],
    ['its key_ops lack verify', { ...ec, key_ops: ['sign'] }],
    ['its key_ops lack verify', { ...ec, key_ops: 'verify' }],
    ['no algorithm fits it', { ...ec, alg: 'ES384' }],
    ['no algorithm fits it', { ...ec, alg: 'HS256' }],
    ['it is no valid public key', { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' }],
    ['it is no valid public key', { kty: 'nonsense' }],
  ])('is left out because %s', (why, jwk) => {
    expect(leftOutWhy({ ...jwk, kid: 'a' })).toEqual([why]);
  });

  it('is left out without a kid, or with one that another has too', () => {
    expect(leftOutWhy({ ...ec, kid: undefined }, { ...ec, kid: '' })).toEqual(
      Array.from({ length: 2 }, () => 'it has no kid'),
    );
    expect(leftOutWhy(ec, edKey('a').jwk)).toEqual(
      Array.from({ length: 2 }, () => 'its kid is used twice'),
    );
    expect(leftOutWhy('text', null)).toEqual(['not an object', 'not an object']);
  });
});

describe('a key set', () => {
  it('has at most 100 keys', () => {
    expect(readKeySet({ keys: Array.from({ length: 100 }, () => ec) })).toBeDefined();
    expect(readKeySet({ keys: Array.from({ length: 101 }, () => ec) })).toBeUndefined();
  });

  it('that is none is an error where it was given by hand', () => {
    for (const value of [undefined, null, [], 'x', {}, { keys: {} }]) {
      expect(() => fixedJwks(value)).toThrow('This is no JWK Set');
    }
  });
});
