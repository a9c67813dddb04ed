import type { KoaContextWithOIDC } from 'oidc-provider';
import { RESERVED_CLAIMS } from '../../../model/token-request.ts';
import type { IssuerClient, IssuerPersona } from './clients.ts';

interface ClaimedToken {
  clientId?: string | undefined;
  accountId?: string | undefined;
}

export interface TokenClaims {
  /** Gives a token that is not made yet its `act` claim. */
  setActor: (token: object, act: Record<string, unknown>) => void;
  extraTokenClaims: (ctx: KoaContextWithOIDC, token: ClaimedToken) => Record<string, unknown>;
}

/** The claims of the file in the tokens of the issuer: a persona's, or else the client's own. */
export function tokenClaims(
  clientById: ReadonlyMap<string, IssuerClient>,
  personas: readonly IssuerPersona[],
): TokenClaims {
  const bySubject = new Map(personas.map((persona) => [persona.subject, persona.claims]));
  const actors = new WeakMap<object, Record<string, unknown>>();
  return {
    setActor: (token, act) => void actors.set(token, act),
    extraTokenClaims: (_ctx, token) => {
      const subject = token.accountId ?? token.clientId ?? '';
      const claims = bySubject.get(subject) ?? clientById.get(subject)?.claims ?? {};
      const act = actors.get(token);
      return { ...ofTheFile(claims), ...(act === undefined ? {} : { act }) };
    },
  };
}

function ofTheFile(claims: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !(name in RESERVED_CLAIMS)));
}
