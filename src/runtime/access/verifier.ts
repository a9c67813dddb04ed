import { errors, jwtVerify } from 'jose';
import type { Clock } from '../../kernel/time.ts';
import type { ScopeClaim } from '../../model/config.ts';
import { AcceptedTokens } from './accepted-tokens.ts';
import { DEFAULT_ALGORITHMS } from './algorithms.ts';
import { expiryMs, faultOf, REQUIRED_CLAIMS, scopesOf, TOLERANCE_S } from './claims.ts';
import { decodeCompactToken } from './compact-token.ts';
import type {
  AccessClaims,
  RefusalReason,
  TokenUse,
  TokenVerdict,
  TokenVerifier,
} from './contract.ts';
import { faultInHeader } from './header.ts';
import type { JwksSource } from './jwks-source.ts';
import type { KeySet, PublishedKey } from './key-set.ts';
import type { AccessPolicies, Policy } from './policies/contract.ts';
import { decryptToken } from './policies/encryption.ts';
import { policiesOf } from './policies/list.ts';
import { refused } from './refusal-text.ts';

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
  /** The claim that holds the scopes; `scope` by default (RFC 9068 §2.2.3). */
  scopeClaim?: ScopeClaim | undefined;
  /** None by default: then tokens bound to a key are refused. */
  policies?: AccessPolicies;
}

/** A token that comes without anything that could prove more. */
const BARE_USE: TokenUse = { scheme: 'Bearer', method: '', path: '', proofs: [] };

/** Makes the strict verifier of `contract.ts`. It makes no outbound call but through `keys`. */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  return new StrictVerifier(options);
}

class StrictVerifier implements TokenVerifier {
  readonly #options: TokenVerifierOptions;
  readonly #algorithms: ReadonlySet<string>;
  readonly #accepted = new AcceptedTokens();
  readonly #policies: readonly Policy[];
  #keySet: KeySet | undefined;

  constructor(options: TokenVerifierOptions) {
    this.#options = options;
    this.#algorithms = new Set(options.algorithms ?? DEFAULT_ALGORITHMS);
    this.#policies = policiesOf(options.policies ?? {});
  }

  get proofAlgorithms(): readonly string[] | undefined {
    return this.#options.policies?.dpop === undefined ? undefined : DEFAULT_ALGORITHMS;
  }

  async verify(token: string, use: TokenUse = BARE_USE): Promise<TokenVerdict> {
    const key = this.#options.policies?.encryption;
    const signed = key === undefined ? token : await decryptToken(token, key);
    if (signed === undefined) return refused(token === '' ? 'missing' : 'encryption');
    const verdict = await this.#judgeOnce(signed);
    if (!verdict.ok) return verdict;
    const presented = { token, claims: verdict.claims, use, nowMs: this.#options.clock.now() };
    for (const policy of this.#policies) {
      const refusal = await policy(presented);
      if (refusal !== undefined) return refusal;
    }
    return verdict;
  }

  async #judgeOnce(token: string): Promise<TokenVerdict> {
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
      const verdict = {
        ok: true,
        claims,
        scopes: scopesOf(claims, this.#options.scopeClaim),
      } as const;
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
    const about = error.claim === 'typ' ? undefined : error.claim;
    return refused(CLAIM_REASONS[error.claim] ?? 'claims-format', about);
  }
  if (error instanceof errors.JWTInvalid) return refused('claims-format');
  return refused('signature');
}
