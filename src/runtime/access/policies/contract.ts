import type { KeyObject } from 'node:crypto';
import type { Need } from '../../../model/token-defect.ts';
import type { AccessClaims, TokenRefusal, TokenUse } from '../contract.ts';
import type { AcrPolicy } from './acr.ts';
import type { ActorPolicy } from './actor.ts';
import type { ConsentPolicy } from './consent.ts';
import type { DpopNonces } from './dpop-nonces.ts';
import type { DpopPolicy } from './dpop.ts';
import type { ReplayMemory } from './replay-memory.ts';

/**
 * What a verifier may demand beyond RFC 9068, one member for each need of a defect. Where else a
 * request could carry a token (`form-body`) is not the verifier's to say.
 */
export type AccessPolicies = { readonly [N in Exclude<Need, 'form-body'>]?: PolicySettings[N] };

interface PolicySettings {
  /** Checks the proofs of tokens bound to a key, and knows the scheme DPoP (RFC 9449 §7). */
  dpop: DpopPolicy;
  /** Demands a nonce of ours in them (RFC 9449 §9). */
  'dpop-nonce': DpopNonces;
  /** Compares the certificate that a token is bound to with that of the connection (RFC 8705 §3). */
  mtls: true;
  /** Takes each `jti` once; holds those that were taken. */
  'single-use': ReplayMemory;
  /** Asks whether a token is active; when it throws, the token is refused for now (RFC 7662). */
  revocation: (token: string) => Promise<boolean>;
  acr: AcrPolicy;
  /** The longest life of a token, `exp` − `iat`, in seconds. */
  lifetime: number;
  'sole-audience': true;
  /** Each `client_id` that may come. */
  client: ReadonlySet<string>;
  consent: ConsentPolicy;
  actor: ActorPolicy;
  /** Whose resource a request is for; undefined where it is nobody's. */
  ownership: (use: TokenUse) => string | undefined;
  /** Takes tokens only when they are encrypted to this private key (RFC 7519 §5.2). */
  encryption: KeyObject;
}

/** A token that was accepted for itself, and how it is used now. */
export interface PresentedToken {
  token: string;
  claims: AccessClaims;
  use: TokenUse;
  nowMs: number;
}

/** Says why this use of a good token is refused; undefined lets it in. */
export type Policy = (
  presented: PresentedToken,
) => TokenRefusal | undefined | Promise<TokenRefusal | undefined>;
