import { FintechError } from '../../kernel/errors.ts';
import type { Random } from '../../kernel/random.ts';
import {
  carriageWithProofs,
  type MintedToken,
  type ProofTarget,
  type TokenRequest,
} from '../../model/token-request.ts';
import {
  type Defect,
  isAboutProofs,
  type SealedToken,
  type Slot,
  SLOTS,
  type Workbench,
} from './defects/contract.ts';
import { draftProof, makeProofKey, type ProofKey, signProof } from './dpop-proof.ts';
import type { KeyStore } from './keys.ts';
import { signCompact, type SigningKey, type TokenDraft } from './signing.ts';

export interface MintTools {
  keys: KeyStore;
  /** Where each token's `jti` comes from: with a seed, claims are the same byte for byte. */
  random: Random;
}

interface BreakingTools {
  /** Several break each token in as many ways at once. */
  defects?: readonly Defect[];
  callback?: string | undefined;
  /** Binds the tokens to a new key, and adds a proof for this request to each (RFC 9449). */
  proof?: ProofTarget | undefined;
}

/** One access token in the form of RFC 9068. Offline; about the cost of its signature. */
export function mintAccessToken(request: TokenRequest, tools: MintTools): string {
  return createMinter(request, tools)().token;
}

/**
 * Makes a function that mints such tokens one after the other, each with a `jti` of its own.
 * @throws FintechError USAGE_INVALID where the defects fit neither each other nor the algorithm
 */
export function createMinter(
  request: TokenRequest,
  { keys, random, defects = [], callback, proof }: MintTools & BreakingTools,
): () => MintedToken {
  const key = keys.signingKey(request.algorithm);
  const published = defects.length === 0 ? [] : keys.jwks().keys;
  const bench = { random, publicJwk: key.publicJwk, published, callback };
  demandFit(defects, request.algorithm);
  const holder = proof && {
    key: makeProofKey(random),
    target: proof,
    issuedAtMs: request.issuedAtMs,
  };
  demandHolder(defects, holder);
  return () => {
    const draft = draftOf(request, { key, random, holder });
    return finish(sign(draft, { key, defects, bench }), defects, { ...bench, holder });
  };
}

/** Breaks a good token, whoever signed it, in the ways that need no key of its issuer. */
export function breakToken(
  good: SealedToken,
  defects: readonly Defect[],
  bench: Workbench & { holder?: Holder | undefined },
): MintedToken {
  demandFit(defects, good.header['alg']);
  demandHolder(defects, bench.holder);
  return finish(good, defects, bench);
}

function finish(
  good: SealedToken,
  defects: readonly Defect[],
  { holder, ...bench }: Workbench & { holder?: Holder | undefined },
): MintedToken {
  const sealed = forge(good, defects, bench);
  const minted = holder === undefined ? sealed : prove(sealed, defects, { holder, bench });
  const send = defects.flatMap((defect) => ('carry' in defect ? [defect.carry] : [])).at(0);
  return send === undefined ? minted : { ...minted, request: send(minted, bench) };
}

function forge(good: SealedToken, defects: readonly Defect[], bench: Workbench): SealedToken {
  let sealed = good;
  for (const slot of SLOTS) {
    for (const defect of defects) {
      if ('forge' in defect && defect.slot === slot) sealed = defect.forge(sealed, bench);
    }
  }
  return sealed;
}

/** Who holds a bound token, and the request that is proven. */
interface Holder {
  key: ProofKey;
  target: ProofTarget;
  issuedAtMs: number;
}

function prove(
  sealed: SealedToken,
  defects: readonly Defect[],
  { holder: { key, target, issuedAtMs }, bench }: { holder: Holder; bench: Workbench },
): MintedToken {
  const { token } = sealed;
  const good = draftProof(target, { token, key, random: bench.random }, issuedAtMs);
  const make = defects.flatMap((defect) => ('prove' in defect ? [defect.prove] : [])).at(0);
  const proofs = make?.(good, bench) ?? [signProof(good)];
  const [proof, ...others] = proofs;
  return proof !== undefined && others.length === 0
    ? { ...sealed, proof }
    : { ...sealed, request: carriageWithProofs(token, proofs) };
}

function demandHolder(defects: readonly Defect[], holder: Holder | undefined): void {
  const proving = holder === undefined ? defects.find(isAboutProofs) : undefined;
  if (proving === undefined) return;
  throw new FintechError('USAGE_INVALID', `${proving.id} needs a token that is bound to a key.`, {
    hint: 'Say by --dpop --method --url which request it is for.',
  });
}

/** No two may take the same slot, and each must be makeable with the algorithm. */
function demandFit(defects: readonly Defect[], algorithm: unknown): void {
  const taken = new Map<Slot, Defect>();
  for (const defect of defects) {
    const { id, algorithms } = defect;
    if (algorithms?.every((name) => name !== algorithm) === true) {
      throw new FintechError('USAGE_INVALID', `${id} cannot be made with ${String(algorithm)}.`, {
        hint: `Use --alg ${algorithms.join(' or --alg ')}.`,
      });
    }
    const slot = slotOf(defect);
    const other = slot && taken.get(slot);
    if (other !== undefined) {
      throw new FintechError('USAGE_INVALID', `${other.id} and ${id} both make the ${slot} anew.`, {
        hint: 'Mint them one at a time.',
      });
    }
    if (slot !== undefined) taken.set(slot, defect);
  }
}

function slotOf(defect: Defect): Slot | undefined {
  if ('forge' in defect) return defect.slot;
  if ('prove' in defect && defect.prove !== undefined) return 'dpop-proof';
  return 'seal' in defect && defect.seal !== undefined ? 'proof' : undefined;
}

function sign(
  good: TokenDraft,
  { key, defects, bench }: { key: SigningKey; defects: readonly Defect[]; bench: Workbench },
): SealedToken {
  const signed = defects.filter((defect) => defect.from === 'sign');
  const draft = signed.reduce((edited, { edit }) => edit?.(edited, bench) ?? edited, good);
  const seal = signed.find((defect) => defect.seal !== undefined)?.seal ?? signCompact;
  return { token: seal(draft, key, bench), ...draft };
}

/** RFC 9068 §2.1 and §2.2. */
function draftOf(
  request: TokenRequest,
  { key, random, holder }: { key: SigningKey; random: Random; holder: Holder | undefined },
): TokenDraft {
  const iat = Math.floor(request.issuedAtMs / 1000);
  const scope = request.scopes.join(' ');
  return {
    header: { alg: key.algorithm, typ: 'at+jwt', kid: key.kid },
    claims: {
      iss: request.issuer,
      sub: request.subject,
      aud: request.audience,
      exp: iat + request.lifetimeS,
      iat,
      jti: random.uuid(),
      client_id: request.clientId,
      ...(scope === '' ? {} : { scope }),
      ...(holder === undefined ? {} : { cnf: { jkt: holder.key.thumbprint } }),
      ...request.claims,
    },
  };
}
