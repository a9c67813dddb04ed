import type * as oauth from 'openid-client';
import { FintechError } from '../kernel/errors.ts';
import { didYouMean } from '../kernel/nearest.ts';
import type { ClientConfig } from '../model/config.ts';
import { resourceOf } from '../model/names.ts';
import { readPrivateJwk } from './private-jwk-file.ts';
import { boundedFetch } from './bounded-fetch.ts';
import type { Context } from './context.ts';
import { projectKeys } from './keys.ts';
import { componentUrl, issuerUrl, loadWorkspace, type Workspace } from './workspace.ts';

/** Which client gets a token, and where. */
export interface ClientInput {
  client: string;
  /** An audience of ours, or at another issuer a resource (RFC 8707). */
  audience: string | undefined;
  /** Another issuer than the sandbox's. */
  issuer: string | undefined;
  /** The environment variable that holds the secret, where it is not ours. */
  clientSecretEnv: string | undefined;
  /** A file with the private JWK of `private_key_jwt`. */
  clientKey: string | undefined;
  /** Of a client that is not in the file. */
  redirectUri: string | undefined;
}

/** A client that is ready to ask. */
export interface OAuthClient {
  library: typeof oauth;
  config: oauth.Configuration;
  redirectUri: string | undefined;
  resource: string | undefined;
  /** Whether authorization requests must be pushed (RFC 9126). */
  pushes: boolean;
  /** Undefined where the issuer is not the sandbox's. */
  workspace: Workspace | undefined;
}

/** A client, and whether its tokens are bound to a key. */
export type ReadyClient = OAuthClient & { options: oauth.DPoPOptions };

/** What every flow asks for. */
export function request(
  scopes: readonly string[] | undefined,
  resource: string | undefined,
): Record<string, string> {
  return {
    ...(resource === undefined ? {} : { resource }),
    ...(scopes === undefined ? {} : { scope: scopes.join(' ') }),
  };
}

/** @throws FintechError TOKEN_UNKNOWN_CLIENT, USAGE_INVALID, or what openid-client throws */
export async function connectClient(context: Context, input: ClientInput): Promise<OAuthClient> {
  const library = await import('openid-client');
  return input.issuer === undefined
    ? connectOwn(context, library, input)
    : connectForeign(context, library, { ...input, issuer: input.issuer });
}

/** At our own issuer, wherever its engine runs: `iss` is compared, and the address is asked. */
async function connectOwn(
  context: Context,
  library: typeof oauth,
  input: ClientInput,
): Promise<OAuthClient> {
  const workspace = await loadWorkspace(context);
  const entry = demandClient(workspace, input.client);
  const identity = await componentUrl(context, workspace, 'identity');
  const fetched = await boundedFetch(context.signal)(
    `${identity}/.well-known/oauth-authorization-server`,
    {},
  );
  if (!fetched.ok) throw new Error(`its metadata answer ${fetched.status}`);
  const issuer = await issuerUrl(context, workspace);
  const metadata = { ...((await fetched.json()) as oauth.ServerMetadata), issuer };
  const secret = () => projectKeys(context, workspace).clientSecret(input.client);
  const authentication = await ownAuthentication(context, library, { ...input, entry, secret });
  const config = new library.Configuration(metadata, input.client, {}, authentication);
  prepare(context, library, config);
  library.allowInsecureRequests(config);
  return {
    library,
    config,
    redirectUri: entry.redirectUris?.[0],
    resource: resourceOf((input.audience ?? 'api') as 'api'),
    pushes: entry.profile === 'fapi2',
    workspace,
  };
}

function demandClient({ config }: Workspace, client: string): ClientConfig {
  const { clients = {} } = config.identity ?? {};
  const services = Object.keys(config.services ?? {});
  const entry = Object.hasOwn(clients, client) ? clients[client] : undefined;
  if (entry !== undefined) return entry;
  if (services.includes(client)) return { scopes: [] };
  const names = [...new Set([...Object.keys(clients), ...services])];
  throw new FintechError(
    'TOKEN_UNKNOWN_CLIENT',
    `no client "${client}".${didYouMean(client, names)}`,
    {
      hint:
        names.length === 0
          ? 'Add it to identity.clients of fintech.yaml.'
          : `Known are ${names.join(', ')}.`,
      details: { client, known: names },
    },
  );
}

async function ownAuthentication(
  context: Context,
  library: typeof oauth,
  { entry, secret, clientKey }: ClientInput & { entry: ClientConfig; secret: () => string },
): Promise<oauth.ClientAuth> {
  switch (entry.auth) {
    case 'none':
      return library.None();
    case 'private_key_jwt':
      return signedAuthentication(context, library, clientKey);
    case 'client_secret_post':
      return library.ClientSecretPost(secret());
    default:
      return library.ClientSecretBasic(secret());
  }
}

async function signedAuthentication(
  context: Context,
  library: typeof oauth,
  file: string | undefined,
): Promise<oauth.ClientAuth> {
  if (file === undefined) {
    throw new FintechError('USAGE_MISSING_VALUE', 'this client proves itself by a key', {
      hint: 'Name a file with its private JWK by --client-key.',
    });
  }
  return library.PrivateKeyJwt(await readPrivateJwk(context, file));
}

/** By discovery (RFC 8414); beyond this machine by TLS only. */
async function connectForeign(
  context: Context,
  library: typeof oauth,
  input: ClientInput & { issuer: string },
): Promise<OAuthClient> {
  const server = URL.parse(input.issuer);
  if (server === null) {
    throw new FintechError('USAGE_INVALID', '--issuer is no address', {
      hint: 'Write https://login.example.com.',
    });
  }
  const isLocal = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(server.hostname);
  const authentication = await foreignAuthentication(context, library, input);
  const config = await library.discovery(server, input.client, {}, authentication, {
    execute: isLocal ? [library.allowInsecureRequests] : [],
    [library.customFetch]: boundedFetch(context.signal),
  });
  prepare(context, library, config);
  return {
    library,
    config,
    redirectUri: input.redirectUri ?? 'http://127.0.0.1/callback',
    resource: input.audience,
    pushes: config.serverMetadata().require_pushed_authorization_requests === true,
    workspace: undefined,
  };
}

async function foreignAuthentication(
  context: Context,
  library: typeof oauth,
  { clientKey, clientSecretEnv }: ClientInput,
): Promise<oauth.ClientAuth> {
  if (clientKey !== undefined) return signedAuthentication(context, library, clientKey);
  if (clientSecretEnv === undefined) return library.None();
  const secret = context.environment[clientSecretEnv] ?? '';
  if (secret === '') {
    throw new FintechError('USAGE_INVALID', `the variable ${clientSecretEnv} holds no secret`, {
      hint: 'Set it, or name another one by --client-secret-env.',
    });
  }
  return library.ClientSecretBasic(secret);
}

function prepare({ signal }: Context, library: typeof oauth, config: oauth.Configuration): void {
  config[library.customFetch] = boundedFetch(signal);
}
