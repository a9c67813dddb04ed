/** JWS algorithms a sandbox signs with (RFC 7518 §3.1, RFC 8037 §3.1). */
export const SIGNING_ALGORITHMS = ['ES256', 'EdDSA', 'PS256', 'RS256'] as const;
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

export const DEFAULT_LIFETIME_S = 300;
/** A year and a day: long enough for any test, short enough to be seen as one. */
export const MAX_LIFETIME_S: number = 366 * 86_400;
export const MAX_SKEW_MS: number = 366 * 86_400_000;
/** The largest RFC 3339 year, so that every time in a token can be shown as a date. */
export const MAX_INSTANT_MS: number = Date.UTC(9000, 0, 1);

/** An access token to be minted, as RFC 9068 §2.2 names its parts. */
export interface TokenRequest {
  issuer: string;
  subject: string;
  clientId: string;
  audience: string;
  scopes: readonly string[];
  /** The moment it is issued, milliseconds since the epoch; the token holds whole seconds. */
  issuedAtMs: number;
  lifetimeS: number;
  algorithm: SigningAlgorithm;
  /** Further claims; they replace `sub`, `client_id` and `jti` where they name them. */
  claims: Readonly<Record<string, unknown>>;
}

/** Claims that have a flag of their own, which `--claim` and a persona's claims therefore must not set. */
export const RESERVED_CLAIMS: Readonly<Record<string, string>> = {
  iss: '--iss',
  aud: '--aud',
  scope: '--scope',
  iat: '--at',
  exp: '--ttl',
};

/** A token, and what is in it. */
export interface MintedToken {
  token: string;
  header: Record<string, unknown>;
  claims: Record<string, unknown>;
}

/** The forms a token is printed in. */
export const TOKEN_OUTPUTS = ['token', 'header', 'json', 'curl'] as const;
export type TokenOutput = (typeof TOKEN_OUTPUTS)[number];

/** One token in one line. @param target where it is meant to be sent */
export function formatToken(minted: MintedToken, output: TokenOutput, target: string): string {
  const { token, header, claims } = minted;
  switch (output) {
    case 'token':
      return token;
    case 'header':
      return `Authorization: Bearer ${token}`;
    case 'json':
      return JSON.stringify({ token, header, claims });
    case 'curl':
      return `curl --header 'Authorization: Bearer ${token}' ${target}`;
  }
}
