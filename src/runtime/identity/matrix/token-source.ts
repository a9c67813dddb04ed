import type { JsonWebKey } from 'node:crypto';
import { FintechError } from '../../../kernel/errors.ts';
import type { Random } from '../../../kernel/random.ts';
import type { Clock } from '../../../kernel/time.ts';
import type { MintedToken, SigningAlgorithm, TokenRequest } from '../../../model/token-request.ts';
import { decodeToken } from '../decode.ts';
import {
  type Defect,
  isAboutProofs,
  type SealedToken,
  type Workbench,
} from '../defects/contract.ts';
import type { KeyStore } from '../keys.ts';
import { breakToken, createMinter } from '../mint.ts';
import { GOOD, type Made, type TokenSource } from './contract.ts';

export interface OwnTokens {
  /** For a token that is issued now. */
  request: () => TokenRequest;
  /** Whether a defect that cannot be made with its algorithm is made with another. */
  anyAlgorithm: boolean;
  /** The request that DPoP proofs are for. */
  target: { method: string; url: URL };
  keys: KeyStore;
  random: Random;
  callback: string | undefined;
}

/** The kind of good tokens that are bound to a key (RFC 9449). */
const BOUND = 'dpop';

/** Tokens that we mint, each when it is sent. */
export function ownTokens({ request, anyAlgorithm, target, ...tools }: OwnTokens): TokenSource {
  let nonce: string | undefined;
  let areAllBound = false;
  const algorithmOf = (like: Defect | undefined): SigningAlgorithm => {
    const { algorithm } = request();
    const { algorithms = [algorithm] } = like ?? {};
    const fits = !anyAlgorithm || algorithms.includes(algorithm);
    return fits ? algorithm : (algorithms[0] ?? algorithm);
  };
  const make = async (like: Defect | undefined, defects: readonly Defect[]) =>
    making(() => {
      const isBound = areAllBound || (like !== undefined && isAboutProofs(like));
      const proof = isBound ? { method: target.method, url: target.url.href, nonce } : undefined;
      const asked = { ...request(), algorithm: algorithmOf(like) };
      return createMinter(asked, { ...tools, defects, proof })();
    });
  return {
    issuer: 'ours',
    twinOf: (defect) => {
      if (isAboutProofs(defect) && !areAllBound) return BOUND;
      const algorithm = algorithmOf(defect);
      return algorithm === request().algorithm ? GOOD : algorithm;
    },
    good: (defect) => make(defect, []),
    broken: (defect) => make(defect, [defect]),
    bindAll: () => (areAllBound = true),
    hearNonce: (heard) => void (nonce = heard),
  };
}

export interface ForeignTokens {
  /** A good token of the other issuer, the same as before where it still lives. */
  token: () => Promise<string>;
  /** The keys its issuer publishes, where they are known. */
  published: readonly JsonWebKey[];
  random: Random;
  clock: Clock;
  callback: string | undefined;
}

/** Good tokens of another issuer, and what can be made of them without its key. */
export function foreignTokens({ token, clock, ...tools }: ForeignTokens): TokenSource {
  return {
    issuer: 'foreign',
    twinOf: () => GOOD,
    bindAll: () => false,
    hearNonce: () => {},
    good: async () => ({ minted: openToken(await token()) }),
    broken: async (defect) => {
      if (defect.from !== 'any-token') return { notRun: "needs the issuer's key" };
      const good = openToken(await token());
      if (isOver(good, clock)) return { notRun: 'the good token expired during the run' };
      if ('forge' in defect && Object.keys(good.header).length === 0) {
        return { notRun: 'the good token is no JWT' };
      }
      return making(() => breakToken(good, [defect], benchOf(good, tools)));
    },
  };
}

function benchOf(
  { header }: SealedToken,
  { published, random, callback }: Omit<ForeignTokens, 'token' | 'clock'>,
): Workbench {
  const named = published.find((key) => 'kid' in key && key['kid'] === header['kid']);
  return { random, callback, published, publicJwk: named ?? published[0] };
}

/** A defect may say that it cannot be made of such a token. */
function making(make: () => MintedToken): Made {
  try {
    return { minted: make() };
  } catch (error) {
    if (error instanceof FintechError && error.code === 'USAGE_INVALID') {
      return { notRun: error.message.replace(/\.$/, '') };
    }
    throw error;
  }
}

/** An opaque token has neither header nor claims. */
function openToken(token: string): SealedToken {
  try {
    const { header, claims } = decodeToken(token);
    return { token, header, claims };
  } catch {
    return { token, header: {}, claims: {} };
  }
}

function isOver({ claims }: SealedToken, clock: Clock): boolean {
  const exp = claims['exp'];
  return typeof exp === 'number' && exp * 1000 <= clock.now();
}
