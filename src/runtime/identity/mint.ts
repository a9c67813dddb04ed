import type { Random } from '../../kernel/random.ts';
import type { MintedToken, TokenRequest } from '../../model/token-request.ts';
import type { Defect, SealedToken, Workbench } from './defects/contract.ts';
import type { KeyStore } from './keys.ts';
import { signCompact, type SigningKey, type TokenDraft } from './signing.ts';

export interface MintTools {
  keys: KeyStore;
  /** Where each token's `jti` comes from: with a seed, claims are the same byte for byte. */
  random: Random;
}

/** One access token in the form of RFC 9068. Offline; about the cost of its signature. */
export function mintAccessToken(request: TokenRequest, tools: MintTools): string {
  return createMinter(request, tools)().token;
}

/** Makes a function that mints such tokens one after the other, each with a `jti` of its own. */
export function createMinter(
  request: TokenRequest,
  { keys, random, defects = [] }: MintTools & { defects?: readonly Defect[] },
): () => MintedToken {
  const key = keys.signingKey(request.algorithm);
  const bench = { random, publicJwk: key.publicJwk };
  return () => {
    const good = draftOf(request, { key, random });
    return breakToken(sign(good, { key, defects, bench }), defects, bench);
  };
}

/** Breaks a good token, whoever signed it, in the ways that need no key of its issuer. */
export function breakToken(
  good: SealedToken,
  defects: readonly Defect[],
  bench: Workbench,
): MintedToken {
  let sealed = good;
  for (const defect of defects) if ('forge' in defect) sealed = defect.forge(sealed, bench);
  const carry = defects.flatMap((defect) => ('carry' in defect ? [defect.carry] : [])).at(0);
  return carry === undefined ? sealed : { ...sealed, request: carry(sealed, bench) };
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
  { key, random }: { key: SigningKey; random: Random },
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
      ...request.claims,
    },
  };
}
