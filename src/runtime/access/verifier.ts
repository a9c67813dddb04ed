import { errors, jwtVerify } from 'jose';
import type { Clock } from '../../kernel/time.ts';
import { AcceptedTokens } from './accepted-tokens.ts';
import { faultOf, REQUIRED_CLAIMS, scopesOf, TOLERANCE_S } from './claims.ts';
import { decodeCompactToken } from './compact-token.ts';
import type { AccessClaims, RefusalReason, TokenVerdict, TokenVerifier } from './contract.ts';
import { faultInHeader } from './header.ts';
import type { JwksSource } from './jwks-source.ts';
import type { KeySet, PublishedKey } from './key-set.ts';
import { REFUSAL_TEXT } from './refusal-text.ts';

export const DEFAULT_ALGORITHMS: readonly string[] = [
  'ES256',
  'EdDSA',
  'Ed25519',
  'PS256',
  'RS256',
];

export interface TokenVerifierOptions {
  /** Compared with `iss` character by character (RFC 8725 §3.8). */
  issuer: string;
  /** One that `aud` must name. */
  audience: string;
  keys: JwksSource;
  clock: Clock;
  /** Asymmetric JWS algorithms; ES256, EdDSA, PS256 and RS256 by default. */
  algorithms?: readonly string[];
  /** `at+jwt` by default (RFC 9068 §4); others for issuers that do not follow it. */
  typ?: 'at+jwt' | 'JWT' | 'any';
}

/** Makes the strict verifier of `contract.ts`. It makes no outbound call but through `keys`. */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  return new StrictVerifier(options);
}

class StrictVerifier implements TokenVerifier {
  readonly #options: TokenVerifierOptions;
  readonly #algorithms: ReadonlySet<string>;
  readonly #accepted = new AcceptedTokens();
  #keySet: KeySet | undefined;

  constructor(options: TokenVerifierOptions) {
    this.#options = options;
    this.#algorithms = new Set(options.algorithms ?? DEFAULT_ALGORITHMS);
  }

  async verify(token: string): Promise<TokenVerdict> {
    const keySet = this.#adopt(await this.#options.keys.current());
    if (keySet === undefined) return refused('keys-unavailable');
    const known = this.#accepted.find(token, this.#options.clock.now());
    return known ?? this.#judge(token, keySet);
  }

  async #judge(token: string, keySet: KeySet): Promise<TokenVerdict> {
    const decoded = decodeCompactToken(token);
    if (!decoded.ok) return refused(decoded.reason);
    const { header } = decoded;
    const fault = faultInHeader(header);
    if (fault !== undefined) return refused(fault);
    const algorithm = String(header['alg']);
    if (!this.#algorithms.has(algorithm)) return refused('algorithm');
    const key = await this.#keyOf(header['kid'], keySet);
    if (key === undefined) return refused('key-unknown');
    if (!key.algorithms.has(algorithm)) return refused('algorithm');
    return this.#check(token, { key, algorithm });
  }

  async #keyOf(kid: unknown, keySet: KeySet): Promise<PublishedKey | undefined> {
    if (typeof kid !== 'string') return undefined;
    return keySet.keys.get(kid) ?? this.#adopt(await this.#options.keys.renewed())?.keys.get(kid);
  }

  /** A token accepted under other keys is judged again. */
  #adopt(keySet: KeySet | undefined): KeySet | undefined {
    if (keySet !== this.#keySet) this.#accepted.clear();
    this.#keySet = keySet;
    return keySet;
  }

  async #check(
    token: string,
    { key, algorithm }: { key: PublishedKey; algorithm: string },
  ): Promise<TokenVerdict> {
    const { issuer, audience, clock, typ = 'at+jwt' } = this.#options;
    const keySet = this.#keySet;
    const nowMs = clock.now();
    try {
      const { payload } = await jwtVerify(token, key.key, {
        algorithms: [algorithm],
        issuer,
        audience,
        ...(typ === 'any' ? {} : { typ }),
        requiredClaims: [...REQUIRED_CLAIMS],
        clockTolerance: TOLERANCE_S,
        currentDate: new Date(nowMs),
      });
      const fault = faultOf(payload, Math.floor(nowMs / 1000));
      if (fault !== undefined) return refused(fault.reason, fault.claim);
      const claims = payload as AccessClaims;
      const verdict = { ok: true, claims, scopes: scopesOf(claims) } as const;
      // Keys that changed meanwhile emptied the memory; this verdict is from before.
      if (keySet === this.#keySet) {
        this.#accepted.remember(token, verdict, expiryMs(claims.exp));
      }
      return verdict;
    } catch (error) {
      return refusalOf(error);
    }
  }
}

/** The first whole second at which `now ≥ exp + 5` holds. */
function expiryMs(exp: number): number {
  return Math.ceil(exp + TOLERANCE_S) * 1000;
}

const CLAIM_REASONS: Readonly<Record<string, RefusalReason>> = {
  typ: 'type',
  iss: 'issuer',
  aud: 'audience',
  nbf: 'not-yet-valid',
};

function refusalOf(error: unknown): TokenVerdict {
  if (error instanceof errors.JWTExpired) return refused('expired');
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.reason === 'missing') return refused('claim-missing', error.claim);
    if (error.reason === 'invalid') return refused('claims-format', error.claim);
    return refused(CLAIM_REASONS[error.claim] ?? 'claims-format', error.claim);
  }
  if (error instanceof errors.JWTInvalid) return refused('claims-format');
  return refused('signature');
}

/** Only names of claims that we ask for ever reach the sentence, nothing of the token. */
function refused(reason: RefusalReason, claim?: string): TokenVerdict {
  const about = claim === undefined || claim === 'typ' ? '' : ` (${claim})`;
  return { ok: false, reason, detail: REFUSAL_TEXT[reason].replace(/\.$/, `${about}.`) };
}
