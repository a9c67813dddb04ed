import type { EventEmitter } from 'node:events';
import { type Configuration, errors, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { Log } from '../../../kernel/log.ts';
import { resourceOf } from '../../../model/names.ts';
import type { KeyStore } from '../keys.ts';
import { type AudienceScopes, grantScopes, type IssuerClient } from './scope-policy.ts';
import type { IssuerStore } from './sqlite-adapter.ts';

export interface ProviderOptions {
  issuer: string;
  clients: readonly IssuerClient[];
  scopes: AudienceScopes;
  keys: KeyStore;
  store: IssuerStore;
  log: Log;
  /** Called once for each token. */
  onIssued: (clientId: string) => void;
}

export const TOKEN_PATH = '/token';
export const JWKS_PATH = '/jwks';
export const DISCOVERY_PATHS = [
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
] as const;

const ALGORITHM = 'ES256';
const TOKEN_LIFETIME_S = 300;
const OFF = { enabled: false };

/**
 * oidc-provider with one grant, client credentials, and JWT access tokens (RFC 9068). It reads the
 * system's clock itself. Every default that would print a notice is set, so that it stays silent.
 */
export function createProvider(options: ProviderOptions): Provider {
  const provider = new Provider(options.issuer, configuration(options));
  provider.use(async (ctx, next) => {
    await next();
    if (DISCOVERY_PATHS.some((path) => path === ctx.path)) describe(ctx.body, options.scopes);
  });
  report(provider, options);
  return provider;
}

function configuration({ clients, scopes, keys, store }: ProviderOptions): Configuration {
  const { kid, privateKey } = keys.signingKey(ALGORITHM);
  const jwk = { ...privateKey.export({ format: 'jwk' }), kid, alg: ALGORITHM, use: 'sig' };
  return {
    adapter: store.adapter,
    jwks: { keys: [jwk] },
    clients: clients.map(({ clientId, secret }) => ({
      client_id: clientId,
      client_secret: secret,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    })),
    clientAuthMethods: ['client_secret_basic', 'client_secret_post'],
    clientDefaults: { id_token_signed_response_alg: ALGORITHM },
    responseTypes: [],
    scopes: ['openid'],
    routes: { token: TOKEN_PATH, jwks: JWKS_PATH },
    ttl: { ClientCredentials: TOKEN_LIFETIME_S },
    features: {
      clientCredentials: { enabled: true },
      resourceIndicators: resourceIndicators(clients, scopes),
      claimsParameter: OFF,
      devInteractions: OFF,
      dPoP: OFF,
      pushedAuthorizationRequests: OFF,
      rpInitiatedLogout: OFF,
      userinfo: OFF,
    },
    clientBasedCORS: () => false,
    renderError: (ctx, out) => {
      ctx.body = out;
    },
  };
}

/**
 * oidc-provider drops scopes it does not know and holds clients to none of them, so both happen
 * here: the one place that sees client, resource and scope before a token is made.
 */
function resourceIndicators(clients: readonly IssuerClient[], scopes: AudienceScopes) {
  const clientById = new Map(clients.map((client) => [client.clientId, client]));
  return {
    enabled: true,
    defaultResource: () => resourceOf('api'),
    getResourceServerInfo: (
      ctx: KoaContextWithOIDC,
      resource: string,
      { clientId }: { clientId: string },
    ) => {
      const { params } = ctx.oidc;
      if (Array.isArray(params?.['resource'])) {
        throw new errors.InvalidTarget('only one resource can be asked for at a time');
      }
      const client = clientById.get(clientId);
      if (params === undefined || client === undefined) throw new errors.InvalidClient();
      const scope = params['scope'] as string | undefined;
      const grant = grantScopes({ resource, scope, client }, scopes);
      if (!grant.ok) throw new errors.CustomOIDCProviderError(grant.error, grant.detail);
      params['scope'] = grant.granted.join(' ');
      return {
        scope: grant.allowed.join(' '),
        audience: grant.audience,
        accessTokenTTL: TOKEN_LIFETIME_S,
        accessTokenFormat: 'jwt' as const,
        jwt: { sign: { alg: ALGORITHM } as const },
      };
    },
  };
}

const ABSENT = [
  'authorization_endpoint',
  'authorization_response_iss_parameter_supported',
  'code_challenge_methods_supported',
];

/** Metadata (RFC 8414) of what is there, and of nothing else. */
function describe(body: unknown, scopes: AudienceScopes): void {
  const metadata = body as Record<string, unknown>;
  for (const absent of ABSENT) {
    delete metadata[absent];
  }
  metadata['scopes_supported'] = [...new Set(Object.values(scopes).flat())];
  metadata['response_modes_supported'] = [];
}

/** Says who got or was refused what. Nothing of a request's body but a known client's name. */
function report(provider: Provider, { log, onIssued }: ProviderOptions): void {
  provider.on('grant.success', ({ oidc }: KoaContextWithOIDC) => {
    const clientId = oidc.client?.clientId ?? '';
    onIssued(clientId);
    log('info', 'token issued', { clientId, scope: oidc.params?.['scope'] });
  });
  provider.on('grant.error', ({ oidc }: KoaContextWithOIDC, error: Error) => {
    log('warn', 'token refused', { clientId: oidc.client?.clientId, error: error.message });
  });
  provider.on('server_error', (_ctx: unknown, error: Error) => {
    log('error', 'issuer failed', { error: error.message });
  });
  // Koa prints what nobody listens to; its own event is missing in the types.
  const koa: EventEmitter = provider;
  koa.on('error', (error: Error) => log('error', 'issuer failed', { error: error.message }));
}
