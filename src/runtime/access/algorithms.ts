/** Algorithms of tokens and of proofs: asymmetric ones, in a form every issuer of today knows. */
export const DEFAULT_ALGORITHMS: readonly string[] = [
  'ES256',
  'EdDSA',
  'Ed25519',
  'PS256',
  'RS256',
];
