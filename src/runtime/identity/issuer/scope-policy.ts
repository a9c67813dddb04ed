import { maskTokens } from '../../../kernel/mask-tokens.ts';
import { AUDIENCES, type Audience, resourceOf } from '../../../model/names.ts';
import { isKnownScope } from '../../../model/scope-presets.ts';
import type { IssuerClient } from './clients.ts';

/** The scopes that exist at each audience. */
export type AudienceScopes = Readonly<Record<Audience, readonly string[]>>;

/** What a client may have at one resource, or the OAuth error it gets instead. */
export type ResourceGrant =
  | { ok: true; audience: Audience; allowed: readonly string[]; granted: readonly string[] }
  | { ok: false; error: 'invalid_target' | 'invalid_scope'; detail: string };

export interface ScopeRequest {
  resource: string;
  /** All the client has at the resource where it is undefined (RFC 6749 §3.3). */
  scopes: readonly string[] | undefined;
  client: Pick<IssuerClient, 'scopes'>;
}

const AUDIENCE_OF: ReadonlyMap<string, Audience> = new Map(
  AUDIENCES.map((audience) => [resourceOf(audience), audience]),
);

/**
 * Holds a request to its client and its resource: the scopes of the resource the client has, with
 * any parameter where one ends in `:`, and an error for any other.
 */
export function grantScopes(request: ScopeRequest, known: AudienceScopes): ResourceGrant {
  const audience = AUDIENCE_OF.get(request.resource);
  if (audience === undefined) {
    const names = [...AUDIENCE_OF.keys()].join(', ');
    return { ok: false, error: 'invalid_target', detail: `unknown resource; known are ${names}` };
  }
  const held = new Set(request.client.scopes.filter((scope) => known[audience].includes(scope)));
  const named = [...held].filter((scope) => !scope.endsWith(':'));
  const granted = request.scopes ?? named;
  const refused = granted.find((scope) => !isKnownScope(scope, held));
  if (refused !== undefined) {
    const detail = `this client does not hold ${maskTokens(refused)} at ${request.resource}`;
    return { ok: false, error: 'invalid_scope', detail };
  }
  if (request.scopes === undefined && named.length === 0) {
    const detail = `this client holds no scope at ${request.resource}`;
    return { ok: false, error: 'invalid_scope', detail };
  }
  return { ok: true, audience, allowed: [...new Set([...named, ...granted])], granted };
}
