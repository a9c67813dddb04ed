import type { Random } from '../../kernel/random.ts';
import type { MintedToken, TokenRequest } from '../../model/token-request.ts';
import type { Defect } from './defects/contract.ts';
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
  { keys, random, defect }: MintTools & { defect?: Defect | undefined },
): () => MintedToken {
  const key = keys.signingKey(request.algorithm);
  return () => {
    const good = draftOf(request, { key, random });
    const draft = defect?.edit?.(good) ?? good;
    return { token: defect?.seal?.(draft, key, good) ?? signCompact(draft, key), ...draft };
  };
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
