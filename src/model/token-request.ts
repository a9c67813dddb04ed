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

/** The request that a DPoP proof is made for (RFC 9449 §4.2). */
export interface ProofTarget {
  method: string;
  /** Query and fragment are left out of the proof. */
  url: string;
  /** What the API handed out by `DPoP-Nonce` (§9). */
  nonce?: string | undefined;
}

/** A token, what is in it, and how a request carries it. */
export interface MintedToken {
  token: string;
  header: Record<string, unknown>;
  claims: Record<string, unknown>;
  /** The DPoP proof that goes with it (RFC 9449 §4). */
  proof?: string;
  /** Where it is not carried as `carriageOf` would by default. */
  request?: Carriage;
}

/** How a request carries credentials. Texts are Latin-1, and may be no legal field values. */
export interface Carriage {
  /** Fields in their order; a name may come twice. */
  headers: readonly (readonly [name: string, value: string])[];
  /** Added to the query of the target. */
  query?: string;
  /** A form in place of the body (RFC 6750 §2.2). */
  form?: string;
}

/** The fields of a request with this token (RFC 6750 §2.1; RFC 9449 §7.1 where there is a proof). */
export function carriageOf({ token, proof, request }: MintedToken): Carriage {
  if (request !== undefined) return request;
  if (proof === undefined) return { headers: [['Authorization', `Bearer ${token}`]] };
  return carriageWithProofs(token, [proof]);
}

/** The fields of a request with a token bound to a key, and any number of proofs. */
export function carriageWithProofs(token: string, proofs: readonly string[]): Carriage {
  const fields = proofs.map((proof) => ['DPoP', proof] as const);
  return { headers: [['Authorization', `DPoP ${token}`], ...fields] };
}

/** The forms a token is printed in. */
export const TOKEN_OUTPUTS = ['token', 'header', 'json', 'curl'] as const;
export type TokenOutput = (typeof TOKEN_OUTPUTS)[number];

/** One token in one line, or one line a field. @param target the request it is meant for */
export function formatToken(
  minted: MintedToken,
  output: TokenOutput,
  { method, url }: ProofTarget,
): string {
  if (output === 'token') return minted.token;
  if (output === 'json') return JSON.stringify(minted);
  const { headers } = carriageOf(minted);
  const fields = headers.map(([name, value]) => `${name}: ${value}`);
  if (output === 'header') return fields.join('\n');
  const words = fields.flatMap((field) => ['--header', quoted(field)]);
  if (method !== 'GET') words.unshift('--request', method);
  return `curl ${words.join(' ')} ${/^[\w:/.~-]+$/.test(url) ? url : quoted(url)}`;
}

/** One word of a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
