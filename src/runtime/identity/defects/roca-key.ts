import { checkPrimeSync, createPrivateKey, type KeyObject, randomBytes } from 'node:crypto';

const E = 65_537n;
const SMALL_PRIMES: readonly bigint[] = [
  3n,
  5n,
  7n,
  11n,
  13n,
  17n,
  19n,
  23n,
  29n,
  31n,
  37n,
  41n,
  43n,
  47n,
  53n,
  59n,
  61n,
  67n,
  71n,
  73n,
  79n,
  83n,
  89n,
  97n,
  101n,
  103n,
  107n,
  109n,
  113n,
  127n,
  131n,
  137n,
  139n,
  149n,
  151n,
  157n,
  163n,
  167n,
];
const PRIMORIAL = SMALL_PRIMES.reduce((product, prime) => product * prime, 2n);

/**
 * An RSA key of 2048 bits whose primes have the form of CVE-2017-15361, k·M + (65537^a mod M), by
 * which such keys are known. Takes about half a second.
 */
export function rocaKey(): KeyObject {
  const [p, q] = [rocaPrime(), rocaPrime()];
  const d = inverseOf(E, (p - 1n) * (q - 1n));
  const numbers = { n: p * q, e: E, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n) };
  const members = Object.entries({ ...numbers, qi: inverseOf(q, p) });
  const jwk = Object.fromEntries(members.map(([name, value]) => [name, base64url(value)]));
  return createPrivateKey({ key: { kty: 'RSA', ...jwk }, format: 'jwk' });
}

function rocaPrime(): bigint {
  const base = power(E, number(randomBytes(16)), PRIMORIAL);
  for (;;) {
    // The two highest bits are set, so that the product of two has 2048 bits.
    const high = number(randomBytes(128)) | (3n << 1022n);
    const candidate = high - (high % PRIMORIAL) + base;
    if (candidate >> 1022n === 3n && checkPrimeSync(candidate)) return candidate;
  }
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = base % modulus;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

/** By the extended algorithm of Euclid. */
function inverseOf(value: bigint, modulus: bigint): bigint {
  let [rest, next] = [modulus, value % modulus];
  let [factor, nextFactor] = [0n, 1n];
  while (next !== 0n) {
    const quotient = rest / next;
    [rest, next] = [next, rest - quotient * next];
    [factor, nextFactor] = [nextFactor, factor - quotient * nextFactor];
  }
  return ((factor % modulus) + modulus) % modulus;
}

function number(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex')}`);
}

function base64url(value: bigint): string {
  const hex = value.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').toString('base64url');
}
