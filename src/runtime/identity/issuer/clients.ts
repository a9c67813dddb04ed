import type { ClientMetadata } from 'oidc-provider';
import type { ClientConfig } from '../../../model/config.ts';

/** An OAuth client of `fintech.yaml`, and its secret where it has one. */
export interface IssuerClient extends ClientConfig {
  clientId: string;
  secret?: string | undefined;
}

/** Someone who can be played on the personas page. */
export interface IssuerPersona {
  name: string;
  subject: string;
  scopes: readonly string[];
  claims: Readonly<Record<string, unknown>>;
}

export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
export const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';

/** Names of `fintech.yaml` to those of the protocol (RFC 6749, 8628 §3.4, 8693 §2.1). */
const GRANT_TYPES = {
  client_credentials: 'client_credentials',
  authorization_code: 'authorization_code',
  refresh_token: 'refresh_token',
  device: DEVICE_CODE,
  token_exchange: TOKEN_EXCHANGE,
} as const;

export function isFapi(client: IssuerClient | undefined): boolean {
  return client?.profile === 'fapi2';
}

/** A client as oidc-provider wants it told (RFC 7591 §2). */
export function metadataOf(client: IssuerClient): ClientMetadata {
  const { clientId, secret, jwks, auth = 'client_secret_basic', redirectUris = [] } = client;
  const { grants = ['client_credentials'] } = client;
  const withSecret = auth === 'client_secret_basic' || auth === 'client_secret_post';
  return {
    client_id: clientId,
    token_endpoint_auth_method: auth,
    ...(withSecret ? { client_secret: secret } : {}),
    ...(jwks === undefined ? {} : { jwks: { keys: [...jwks.keys] } }),
    grant_types: grants.map((name) => GRANT_TYPES[name]),
    redirect_uris: [...redirectUris],
    authorization_details_types: ['payment_initiation'],
    response_types: grants.includes('authorization_code') ? ['code'] : [],
    application_type: redirectUris.some(standsForAnyPort) ? 'native' : 'web',
    dpop_bound_access_tokens: client.dpop === true || isFapi(client),
    require_pushed_authorization_requests: isFapi(client) && redirectUris.length > 0,
  };
}

/** RFC 8252 §7.3: only for a native app does oidc-provider leave the port of loopback open. */
function standsForAnyPort(uri: string): boolean {
  const { protocol, port } = new URL(uri);
  return protocol === 'http:' ? port === '' : protocol !== 'https:';
}
