import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalJWKSet, type JWTPayload, jwtVerify } from 'jose';
import { seededRandom, systemRandom } from '../../../kernel/random.ts';
import type { Clock } from '../../../kernel/time.ts';
import type { Need } from '../../../model/token-defect.ts';
import {
  type MintedToken,
  type ProofTarget,
  SIGNING_ALGORITHMS,
  type SigningAlgorithm,
  type TokenRequest,
} from '../../../model/token-request.ts';
import type { Finding } from './refusals.fixture.ts';
import { fixedJwks } from '../../access/jwks-source.ts';
import type { AccessPolicies } from '../../access/policies/contract.ts';
import { ReplayMemory } from '../../access/policies/replay-memory.ts';
import { ISSUER } from '../../access/issuer.fixture.ts';
import { createTokenVerifier } from '../../access/verifier.ts';
import { type KeyStore, openKeys } from '../keys.ts';
import { createMinter } from '../mint.ts';
import { type Defect, isAboutProofs } from './contract.ts';
import { type UnfitKind, unfitKey } from './weak-keys.ts';

const PAYMENT = {
  type: 'payment_initiation',
  instructedAmount: { currency: 'EUR', amount: '123.50' },
  creditorAccount: { iban: 'DE02100100109307118603' },
};

/** What a token needs to be good under every policy there is. */
const CLAIMS = {
  acr: 'gold',
  act: { sub: 'service:agent' },
  authorization_details: [PAYMENT],
  consent_id: 'consent-1',
};

const UNFIT: readonly UnfitKind[] = [
  'rsa-1024',
  'rsa-exponent-1',
  'rsa-exponent-3',
  'rsa-roca',
  'for-encryption',
  'not-for-verifying',
];

export interface Pair {
  defective: MintedToken;
  twin: MintedToken;
}

/** A key store, and an API that trusts it, with the policies that defects need. */
export class DefectBench implements Disposable {
  readonly keys: KeyStore;
  readonly issuer: string = ISSUER;
  /** Where tokens that point to keys lead. */
  callback: string | undefined;
  /** Where those that are bound to a key are sent. */
  target: ProofTarget = { method: 'GET', url: 'http://127.0.0.1:8080/v1/payments' };
  readonly #folder = mkdtempSync(join(tmpdir(), 'defects-'));
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.keys = openKeys(this.#folder, systemRandom, clock);
    for (const algorithm of SIGNING_ALGORITHMS) this.keys.signingKey(algorithm);
  }

  /** What a careless issuer publishes: keys that nobody may use are among the good ones. */
  jwks(): { keys: object[] } {
    return { keys: [...this.keys.jwks().keys, ...UNFIT.map((kind) => unfitKey(kind).jwk)] };
  }

  request(algorithm: SigningAlgorithm): TokenRequest {
    const issuedAtMs = this.#clock.now();
    return {
      issuer: this.issuer,
      subject: 'usr_customer',
      clientId: 'fintech-cli',
      audience: 'api',
      scopes: ['payments:read', 'payments:write'],
      issuedAtMs,
      lifetimeS: 300,
      algorithm,
      claims: { ...CLAIMS, auth_time: Math.floor(issuedAtMs / 1000) - 60 },
    };
  }

  pair(defect: Defect, algorithm: SigningAlgorithm): Pair {
    const request = this.request(algorithm);
    const isBound = isAboutProofs(defect);
    const mint = (defects: Defect[], seed: string) => {
      const proof = isBound ? this.target : undefined;
      const tools = { keys: this.keys, random: seededRandom(seed), callback: this.callback, proof };
      return createMinter(request, { ...tools, defects })();
    };
    // An API takes each proof once, so that of the twin must be another.
    return {
      defective: mint([defect], defect.id),
      twin: mint([], defect.id + (isBound ? '+' : '')),
    };
  }

  /** Another's verifier, set up as RFC 9068 §4 asks. */
  async joseVerdict(token: string): Promise<JWTPayload> {
    const { payload } = await jwtVerify(token, createLocalJWKSet(this.keys.jwks()), {
      issuer: this.issuer,
      audience: 'api',
      typ: 'at+jwt',
      algorithms: [...SIGNING_ALGORITHMS],
      requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat', 'jti', 'client_id'],
      currentDate: new Date(this.#clock.now()),
    });
    return payload;
  }

  /**
   * What our verifier says of the twin and then of the defect, whose ids are the same, with the
   * policies it needs.
   */
  async ourVerdicts(
    needs: readonly Need[],
    { defective, twin }: Pair,
  ): Promise<Record<keyof Pair, Finding>> {
    const verifier = createTokenVerifier({
      issuer: this.issuer,
      audience: 'api',
      keys: fixedJwks(this.jwks()),
      clock: this.#clock,
      policies: policiesFor(needs, twin.token),
    });
    const judge = async (token: string) => {
      const verdict = await verifier.verify(token);
      if (!verdict.ok) return verdict.reason;
      return verdict.scopes.has('payments:write') ? 'accepted' : 'no scope';
    };
    return { twin: await judge(twin.token), defective: await judge(defective.token) };
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function policiesFor(needs: readonly Need[], issued: string): AccessPolicies {
  const all: AccessPolicies = {
    'single-use': new ReplayMemory(),
    revocation: async (token) => token === issued,
    acr: { values: ['gold'], maxAgeS: 3600 },
    lifetime: 3600,
    'sole-audience': true,
    client: new Set(['fintech-cli']),
    consent: { details: () => PAYMENT, consentId: () => 'consent-1' },
    actor: { allowed: new Set(['service:agent']) },
    ownership: () => 'usr_customer',
  };
  return Object.fromEntries(
    Object.entries(all).filter(([need]) => needs.some((wanted) => wanted === need)),
  );
}
