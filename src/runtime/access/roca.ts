/** The odd primes that divide what every flawed key is built on, whatever its length. */
const PRIMES = [
  3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101,
  103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];
const GENERATOR = 65_537;

/** For each prime, the remainders that powers of 65537 have. */
const REMAINDERS = PRIMES.map((prime) => {
  const powers = new Set([1]);
  for (let power = GENERATOR % prime; power !== 1; power = (power * GENERATOR) % prime) {
    powers.add(power);
  }
  return { prime: BigInt(prime), powers };
});

/**
 * Whether an RSA modulus was made by the flawed generator of ROCA (CVE-2017-15361), which can be
 * factored: both of its primes, and so the modulus, are then powers of 65537 modulo each of these
 * primes. Of others, fewer than one in a hundred million looks like that.
 */
export function isRocaModulus(modulus: bigint): boolean {
  return REMAINDERS.every(({ prime, powers }) => powers.has(Number(modulus % prime)));
}
