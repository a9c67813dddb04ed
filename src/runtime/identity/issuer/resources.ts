import { errors, type KoaContextWithOIDC, type ResourceServer } from 'oidc-provider';
import { resourceOf } from '../../../model/names.ts';
import { DEVICE_CODE, type IssuerClient } from './clients.ts';
import type { Feature } from './features.ts';
import { scopeNames } from './parameters.ts';
import { type AudienceScopes, grantScopes } from './scope-policy.ts';

export const ALGORITHM = 'ES256';
export const TOKEN_LIFETIME_S = 300;

/** Scopes of the protocol itself: they belong to no resource. */
export const PROTOCOL_SCOPES = ['openid', 'offline_access'] as const;

/** Grants that hand out what was consented to before. */
const DERIVED_GRANTS: ReadonlySet<unknown> = new Set([
  'authorization_code',
  'refresh_token',
  DEVICE_CODE,
]);

/**
 * oidc-provider drops scopes it does not know and holds clients to none of them, so both happen
 * here: the one place that sees client, resource and scope before a token is made.
 */
export function resourceIndicators(
  clientById: ReadonlyMap<string, IssuerClient>,
  known: AudienceScopes,
): Feature<'resourceIndicators'> {
  return {
    enabled: true,
    defaultResource: (_ctx: unknown, _client: unknown, oneOf?: readonly string[]) =>
      oneOf ?? resourceOf('api'),
    getResourceServerInfo: (
      ctx: KoaContextWithOIDC,
      resource: string,
      { clientId }: { clientId: string },
    ): ResourceServer => {
      const { params } = ctx.oidc;
      if (Array.isArray(params?.['resource'])) {
        throw new errors.InvalidTarget('only one resource can be asked for at a time');
      }
      const client = clientById.get(clientId);
      if (params === undefined || client === undefined) throw new errors.InvalidClient('unknown');
      const scopes = scopesAsked(ctx, resource);
      const grant = grantScopes({ resource, scopes, client }, known);
      if (!grant.ok) throw new errors.CustomOIDCProviderError(grant.error, grant.detail);
      if (scopes === undefined) params['scope'] = grant.granted.join(' ');
      return {
        scope: grant.allowed.join(' '),
        audience: grant.audience,
        accessTokenTTL: TOKEN_LIFETIME_S,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: ALGORITHM } },
      };
    },
  };
}

/** The scopes a request needs of a resource; undefined where it names none and means all. */
function scopesAsked({ oidc }: KoaContextWithOIDC, resource: string): string[] | undefined {
  const { params = {}, grant, route } = oidc;
  if (DERIVED_GRANTS.has(params['grant_type'])) {
    return scopeNames(grant?.getResourceScope(resource));
  }
  const text = params['scope'];
  if (typeof text !== 'string') return params['authorization_details'] ? [] : undefined;
  const asked = scopeNames(text);
  if (route === 'token') return asked;
  const ofProtocol: readonly string[] = PROTOCOL_SCOPES;
  return asked.filter((scope) => !ofProtocol.includes(scope));
}
