import type * as oauth from 'openid-client';
import { FintechError } from '../kernel/errors.ts';
import { answerAsPersona } from '../runtime/identity/public.ts';
import type { Context } from './context.ts';
import { ownToken } from './event-client.ts';
import { listenFor } from './loopback-listener.ts';
import { type ReadyClient, request } from './oauth-client.ts';
import { choosePersona } from './token-subject.ts';

export interface FlowInput {
  /** All the client holds at the audience where it is left out. */
  scopes: readonly string[] | undefined;
  /** Answers the personas page of our issuer; without one, a person does. */
  persona: string | undefined;
  /** What is exchanged; a token of the persona where it is left out. */
  subjectToken: string | undefined;
}

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';

/** How long a person has to answer. */
const PATIENCE_MS = 5 * 60_000;

/** Authorization code with PKCE (RFC 7636), by a listener on loopback (RFC 8252) or as a persona. */
export async function byCode(
  context: Context,
  input: FlowInput,
  client: ReadyClient,
): Promise<oauth.TokenEndpointResponse> {
  const { library, config, options } = client;
  const persona = personaOf(input, client);
  await using listener =
    persona === undefined ? await listenFor(demandRedirectUri(client)) : undefined;
  const verifier = library.randomPKCECodeVerifier();
  const state = library.randomState();
  const parameters = {
    ...request(input.scopes, client.resource),
    redirect_uri: listener?.redirectUri ?? demandRedirectUri(client),
    code_challenge: await library.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
  };
  const url = client.pushes
    ? await library.buildAuthorizationUrlWithPAR(config, parameters, options)
    : library.buildAuthorizationUrl(config, parameters);
  const redirect =
    listener === undefined
      ? await sentBack(context, url, persona ?? '')
      : await opened(context, url, listener.redirected);
  const checks = { pkceCodeVerifier: verifier, expectedState: state };
  return library.authorizationCodeGrant(config, redirect, checks, undefined, options);
}

/** Only our own page knows personas. @throws FintechError TOKEN_UNKNOWN_PERSONA, USAGE_INVALID */
function personaOf({ persona }: FlowInput, { workspace }: ReadyClient): string | undefined {
  if (persona === undefined) return undefined;
  if (workspace === undefined) {
    throw new FintechError('USAGE_INVALID', 'another issuer has no personas of ours', {
      hint: 'Leave --persona out, and answer in a browser.',
    });
  }
  return choosePersona(workspace.config, persona).name;
}

function demandRedirectUri({ redirectUri }: ReadyClient): string {
  if (redirectUri !== undefined) return redirectUri;
  throw new FintechError('USAGE_INVALID', 'this client has no redirect URI', {
    hint: 'Give it grants: [authorization_code] and redirectUris in fintech.yaml.',
  });
}

async function sentBack({ signal }: Context, url: URL, persona: string): Promise<URL> {
  const { redirect, status } = await answerAsPersona({ url: url.href, persona, signal });
  if (redirect !== undefined) return redirect;
  throw new FintechError('TOKEN_ISSUER_REFUSED', 'the issuer did not send the browser back', {
    hint: 'The client, its redirect URI, or the persona is not what the issuer knows.',
    details: { status, error: null },
  });
}

async function opened(context: Context, url: URL, redirected: Promise<URL>): Promise<URL> {
  context.reporter.note(`open ${url.href}`);
  const late = context.clock.sleep(PATIENCE_MS, context.signal).then(() => {
    throw new FintechError('SANDBOX_TIMEOUT', 'nobody answered within 5 minutes', {
      hint: 'Open the address that was shown, and answer there.',
    });
  });
  return Promise.race([redirected, late]);
}

/** The device flow (RFC 8628): a code for a person, and polls until they answered. */
export async function byDevice(
  context: Context,
  input: FlowInput,
  client: ReadyClient,
): Promise<oauth.TokenEndpointResponse> {
  const { library, config, resource, options } = client;
  const { signal } = context;
  const persona = personaOf(input, client);
  const device = await library.initiateDeviceAuthorization(config, request(input.scopes, resource));
  const { verification_uri: uri, verification_uri_complete: url = uri, user_code: code } = device;
  if (persona === undefined) context.reporter.note(`open ${uri} and enter ${code}`);
  else await answerAsPersona({ url, persona, signal });
  return library.pollDeviceAuthorizationGrant(config, device, undefined, { ...options, signal });
}

/** Token exchange (RFC 8693). */
export async function byExchange(
  context: Context,
  input: FlowInput,
  client: ReadyClient,
): Promise<oauth.TokenEndpointResponse> {
  const { library, config, resource, options } = client;
  const parameters = {
    ...request(input.scopes, resource),
    subject_token: input.subjectToken ?? (await tokenOfPersona(context, input, client)),
    subject_token_type: ACCESS_TOKEN,
  };
  return library.genericGrantRequest(config, EXCHANGE, parameters, options);
}

async function tokenOfPersona(
  context: Context,
  { persona }: FlowInput,
  { workspace }: ReadyClient,
): Promise<string> {
  if (workspace === undefined) {
    throw new FintechError('USAGE_MISSING_VALUE', 'which token is exchanged?', {
      hint: 'Name it by --subject-token.',
    });
  }
  const { subject, scopes } = choosePersona(workspace.config, persona).persona;
  return ownToken(context, workspace, { audience: 'api', scopes, subject });
}
