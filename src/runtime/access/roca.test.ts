import { generateKeyPairSync } from 'node:crypto';
import { expect, it } from 'vitest';
import { rsaKey } from './issuer.fixture.ts';
import { readKeySet } from './key-set.ts';
import { isRocaModulus } from './roca.ts';

/** The product of all primes up to 167, and one of 2048 bits that is a power of 65537 modulo it. */
const PRIMORIAL = Array.from({ length: 166 }, (_, n) => n + 2)
  .filter((n) => !Array.from({ length: n - 2 }, (_, d) => d + 2).some((d) => n % d === 0))
  .reduce((product, prime) => product * BigInt(prime), 1n);
const powerOf = (exponent: bigint) => {
  let power = 1n;
  for (let n = 0n; n < exponent; n++) power = (power * 65_537n) % PRIMORIAL;
  return power;
};
const flawed = (2n ** 2047n / PRIMORIAL + 1n) * PRIMORIAL + powerOf(12_345n);

it('is a power of 65537 modulo each small prime', () => {
  expect(isRocaModulus(flawed)).toBe(true);
  expect(isRocaModulus(flawed + 2n)).toBe(false);
});

it('no sound key looks like one', () => {
  for (let n = 0; n < 20; n++) {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const { n: modulus = '' } = publicKey.export({ format: 'jwk' });
    const hex = Buffer.from(modulus, 'base64url').toString('hex');
    expect(isRocaModulus(BigInt(`0x${hex}`))).toBe(false);
  }
});

it('such a key is left out of a JWK Set', () => {
  const n = Buffer.from(flawed.toString(16), 'hex').toString('base64url');
  const leftOut = readKeySet({ keys: [{ ...rsaKey('a').jwk, n }] })?.leftOut;
  expect(leftOut).toEqual([{ kid: 'a', why: 'RSA that can be factored (ROCA, CVE-2017-15361)' }]);
});
