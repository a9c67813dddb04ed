import { AUDIENCES, type Audience, resourceOf } from '../../../model/names.ts';

/** An OAuth client and the most it can ever be granted. */
export interface IssuerClient {
  clientId: string;
  secret: string;
  scopes: readonly string[];
}

/** The scopes that exist at each audience. */
export type AudienceScopes = Readonly<Record<Audience, readonly string[]>>;

/** What a client may have at one resource, or the OAuth error it gets instead. */
export type Grant =
  | { ok: true; audience: Audience; allowed: readonly string[]; granted: readonly string[] }
  | { ok: false; error: 'invalid_target' | 'invalid_scope'; detail: string };

const AUDIENCE_OF: ReadonlyMap<string, Audience> = new Map(
  AUDIENCES.map((audience) => [resourceOf(audience), audience]),
);

/**
 * Holds a token request to its client and its resource: the scopes of the resource the client has,
 * all of them when it names none (RFC 6749 §3.3), and an error for any other.
 */
export function grantScopes(
  request: { resource: string; scope: string | undefined; client: IssuerClient },
  scopes: AudienceScopes,
): Grant {
  const audience = AUDIENCE_OF.get(request.resource);
  if (audience === undefined) {
    const known = [...AUDIENCE_OF.keys()].join(', ');
    return { ok: false, error: 'invalid_target', detail: `unknown resource; known are ${known}` };
  }
  const allowed = request.client.scopes.filter((scope) => scopes[audience].includes(scope));
  if (allowed.length === 0) {
    const detail = `this client holds no scope at ${request.resource}`;
    return { ok: false, error: 'invalid_scope', detail };
  }
  const granted = request.scope === undefined ? allowed : request.scope.split(' ');
  const refused = granted.find((scope) => !allowed.includes(scope));
  if (refused !== undefined) {
    const detail = `this client does not hold ${refused} at ${request.resource}`;
    return { ok: false, error: 'invalid_scope', detail };
  }
  return { ok: true, audience, allowed, granted };
}
