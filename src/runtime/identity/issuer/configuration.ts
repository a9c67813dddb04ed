import { hash } from 'node:crypto';
import {
  type Configuration,
  errors,
  interactionPolicy,
  type KoaContextWithOIDC,
} from 'oidc-provider';
import type { KeyStore } from '../keys.ts';
import { type IssuerClient, isFapi, metadataOf } from './clients.ts';
import { assertClientAssertion } from './client-assertion.ts';
import { deviceFlow } from './device-pages.ts';
import { errorPage } from './error-page.ts';
import { INTERACTION_PATH } from './interactions.ts';
import { richAuthorizationRequests } from './payment-details.ts';
import { ALGORITHM, PROTOCOL_SCOPES, resourceIndicators, TOKEN_LIFETIME_S } from './resources.ts';
import type { AudienceScopes } from './scope-policy.ts';
import type { IssuerStore } from './sqlite-adapter.ts';

export interface ConfigurationParts {
  clientById: ReadonlyMap<string, IssuerClient>;
  scopes: AudienceScopes;
  keys: KeyStore;
  store: IssuerStore;
  extraTokenClaims: NonNullable<Configuration['extraTokenClaims']>;
}

/** Where the issuer answers; each is told in its metadata. */
export const ROUTES = {
  authorization: '/auth',
  code_verification: '/device',
  device_authorization: '/device/auth',
  introspection: '/token/introspection',
  jwks: '/jwks',
  pushed_authorization_request: '/request',
  revocation: '/token/revocation',
  token: '/token',
} as const;

const ON = { enabled: true } as const;
const OFF = { enabled: false } as const;
const ASYMMETRIC = ['ES256', 'PS256', 'RS256', 'EdDSA', 'Ed25519'] as const;
const DAY_S = 86_400;

/** All of oidc-provider's settings. Every default that would print a notice is set. */
export function configurationOf(parts: ConfigurationParts): Configuration {
  const { clientById, scopes, keys, store, extraTokenClaims } = parts;
  const { kid, privateKey } = keys.signingKey(ALGORITHM);
  const jwk = { ...privateKey.export({ format: 'jwk' }), kid, alg: ALGORITHM, use: 'sig' };
  const isFapiClient = (ctx: KoaContextWithOIDC) =>
    isFapi(clientById.get(ctx.oidc.client?.clientId ?? ''));
  return {
    adapter: store.adapter,
    jwks: { keys: [jwk] },
    clients: [...clientById.values()].map(metadataOf),
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
    clientDefaults: { id_token_signed_response_alg: ALGORITHM },
    assertJwtClientAuthClaimsAndHeader: assertClientAssertion,
    enabledJWA: {
      clientAuthSigningAlgValues: [...ASYMMETRIC],
      requestObjectSigningAlgValues: [...ASYMMETRIC],
      idTokenSigningAlgValues: [ALGORITHM],
    },
    responseTypes: ['code'],
    scopes: [...PROTOCOL_SCOPES],
    claims: { openid: ['sub'], acr: null, auth_time: null, iss: null, sid: null },
    routes: ROUTES,
    pkce: { required: () => true },
    ttl: lifetimes(),
    cookies: {
      keys: [derived(keys, 'cookies').toString('base64url')],
      short: { httpOnly: true, sameSite: 'lax' },
      long: { httpOnly: true, sameSite: 'lax' },
    },
    features: {
      clientCredentials: ON,
      deviceFlow: deviceFlow(),
      introspection: { enabled: true, allowedPolicy: mayIntrospect },
      revocation: { enabled: true, allowedPolicy: mayRevoke },
      requestObjects: ON,
      pushedAuthorizationRequests: ON,
      resourceIndicators: resourceIndicators(clientById, scopes),
      richAuthorizationRequests: richAuthorizationRequests(),
      dPoP: {
        enabled: true,
        nonceSecret: derived(keys, 'dpop-nonce'),
        requireNonce: isFapiClient,
      },
      fapi: {
        enabled: true,
        profile: (_ctx, client) =>
          isFapi(clientById.get(client?.clientId ?? '')) ? '2.0' : undefined,
      },
      claimsParameter: OFF,
      devInteractions: OFF,
      rpInitiatedLogout: OFF,
      userinfo: OFF,
    },
    extraTokenClaims,
    findAccount: (_ctx, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
    interactions: {
      policy: personaPolicy(),
      url: (_ctx, { uid }) => `${INTERACTION_PATH}/${uid}`,
    },
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    expiresWithSession: () => false,
    // FAPI 2.0 Security Profile §5.3.2.1 has refresh tokens bound to the client, not rotated.
    rotateRefreshToken: (ctx) => !isFapiClient(ctx),
    revokeGrantPolicy: ({ oidc }) =>
      !(oidc.route === 'revocation' && oidc.accessToken !== undefined),
    clientBasedCORS: () => false,
    renderError: errorPage,
  };
}

function lifetimes() {
  return {
    AccessToken: TOKEN_LIFETIME_S,
    ClientCredentials: TOKEN_LIFETIME_S,
    AuthorizationCode: 60,
    DeviceCode: 600,
    IdToken: TOKEN_LIFETIME_S,
    Interaction: 3600,
    RefreshToken: 14 * DAY_S,
    Grant: 14 * DAY_S,
    Session: DAY_S,
  };
}

/** A persona is chosen each time, whoever the browser was before; `prompt=none` keeps the last. */
function personaPolicy() {
  const policy = interactionPolicy.base();
  policy
    .get('login')
    ?.checks.add(
      new interactionPolicy.Check(
        'persona',
        'a persona must be chosen',
        ({ oidc }) => oidc.result?.login === undefined && !oidc.prompts.has('none'),
      ),
    );
  return policy;
}

interface Owner {
  clientId: string;
  clientAuthMethod?: string | undefined;
}

interface Owned {
  clientId?: string | undefined;
}

/** Any client that proves who it is may ask (RFC 7662 §2.1); one that does not, for its own. */
function mayIntrospect(_ctx: unknown, client: Owner, token: Owned): boolean {
  return client.clientAuthMethod !== 'none' || token.clientId === client.clientId;
}

/** Only its own (RFC 7009 §2.1). */
function mayRevoke(_ctx: unknown, client: Owner, token: Owned): boolean {
  if (token.clientId === client.clientId) return true;
  throw new errors.InvalidRequest("this token is another client's");
}

/** 32 bytes of this project; no client id holds a colon. */
function derived(keys: KeyStore, purpose: string): Buffer {
  return hash('sha256', keys.clientSecret(`:${purpose}`), 'buffer');
}
