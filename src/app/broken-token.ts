import type { JsonWebKey } from 'node:crypto';
import { FintechError } from '../kernel/errors.ts';
import { seededRandom } from '../kernel/random.ts';
import type { MintedToken } from '../model/token-request.ts';
import { bareToken, breakToken, decodeToken, type Defect } from '../runtime/identity/public.ts';
import type { Context } from './context.ts';
import { useKeys } from './keys.ts';
import { publishedKeys } from './published-keys.ts';
import { readStdinToken } from './stdin-token.ts';
import type { Workspace } from './workspace.ts';

/** A good token that anybody signed. */
export interface GivenToken {
  /** - reads stdin. */
  token: string;
  /** File or address of the JWK Set of its issuer. */
  jwks: string | undefined;
}

export interface Breaking {
  /** None leaves it as it came. */
  defects: readonly Defect[];
  callback: string | undefined;
  seed: string | undefined;
}

/**
 * Breaks a token that we did not sign, in the ways that need no key of its issuer.
 * @throws FintechError TOKEN_MALFORMED, USAGE_INVALID, KEYS_UNREADABLE
 */
export async function breakGivenToken(
  context: Context,
  workspace: Workspace | undefined,
  { token: named, jwks, ...breaking }: GivenToken & Breaking,
): Promise<MintedToken> {
  const { defects, callback, seed } = breaking;
  for (const defect of defects) demandNoKey(defect);
  const token = bareToken(named === '-' ? await readStdinToken(context) : named);
  const { header, claims } = decodeToken(token);
  const good = { token, header, claims };
  if (defects.length === 0) return good;
  const published = await keysOf(context, workspace, jwks);
  const key = published.find(({ kid }) => kid !== undefined && kid === header['kid']);
  // An issuer of one key need not name it (RFC 7517 §4.5).
  const publicJwk = key ?? (published.length === 1 ? published[0] : undefined);
  const random = seed === undefined ? context.random : seededRandom(seed);
  return breakToken(good, defects, { random, callback, published, publicJwk });
}

function demandNoKey({ id, from }: Defect): void {
  if (from === 'any-token') return;
  throw new FintechError('USAGE_INVALID', `${id} takes the key of the token's issuer`, {
    hint: 'Leave out --from to make it of a token of ours; docs/defects.md says which take no key.',
  });
}

/** Those of another issuer where they are named, else our own. */
async function keysOf(
  context: Context,
  workspace: Workspace | undefined,
  jwks: string | undefined,
): Promise<JsonWebKey[]> {
  if (jwks !== undefined) return publishedKeys(context, jwks);
  return useKeys(context, workspace, (keys) => keys.jwks().keys);
}
