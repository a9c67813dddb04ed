import type { Clock } from '../../../kernel/time.ts';
import type { Random } from '../../../kernel/random.ts';
import type { ExpectedAnswer, Need } from '../../../model/token-defect.ts';
import type { MintedToken } from '../../../model/token-request.ts';
import type { Defect } from '../defects/contract.ts';

/** The request that is made again and again, but for its credentials. */
export interface MatrixTarget {
  name: string | undefined;
  url: URL;
  method: string;
  /** `{{uuid}}` in values is another one in each shot. */
  headers: readonly (readonly [name: string, value: string])[];
  /** `{{uuid}}` as in headers. */
  body: string | undefined;
}

/** A token that was handed over, genuine but unfit. */
export interface GivenToken extends ShotEntry {
  token: string;
}

/** What a shot is known by in a report. */
export interface ShotEntry {
  id: string;
  class: string;
  title: string;
  sources: readonly string[];
  expect: ExpectedAnswer;
}

/** The kind of the token that is sent first, and of what is made of it. */
export const GOOD = 'good';

/** A token to send, or why there is none. */
export type Made = { minted: MintedToken } | { notRun: string };

/** Where tokens come from. */
export interface TokenSource {
  issuer: 'ours' | 'foreign';
  /** A good token; with a defect its twin: the token that defect is made of. */
  good(defect?: Defect): Promise<Made>;
  broken(defect: Defect): Promise<Made>;
  /** The kind of good token a defect is made of, `GOOD` or another; each kind is sent once. */
  twinOf(defect: Defect): string;
  /** From now on every token is bound to a key, and comes with a proof. @returns false where it cannot */
  bindAll(): boolean;
  /** The API handed out a nonce for DPoP proofs (RFC 9449 §8.2, §9). */
  hearNonce(nonce: string): void;
}

/** Which statuses mean what. */
export interface StatusRules {
  accepts(status: number): boolean;
  /** Undefined: a refusal is right only with the status that is due. */
  refuses: ((status: number) => boolean) | undefined;
}

export interface MatrixOptions {
  target: MatrixTarget;
  source: TokenSource;
  defects: readonly Defect[];
  given: readonly GivenToken[];
  has: ReadonlySet<Need>;
  rules: StatusRules;
  /** Shots in a second; undefined: as fast as the answers come. */
  perSecond: number | undefined;
  clock: Clock;
  random: Random;
  signal: AbortSignal;
  /** How often somebody has asked where tokens lead, if that is watched. */
  calls?: (() => number) | undefined;
  onShot?: (done: number, all: number) => void;
  /** When even an API that keeps keys for half a minute must know ours; on the monotonic clock. */
  keysKnownMs?: number | undefined;
  /** Told where an API is given until then. */
  onWait?: (ms: number) => void;
}
