import { decodeJwt } from 'jose';
import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerAsPersona } from '../persona-answer.ts';
import { type IssuerBench, issuerBench, REDIRECT_URI } from './issuer.fixture.ts';

/** The same flows with a second, independent caller of every step: oauth4webapi. */
let bench: IssuerBench;
let server: oauth.AuthorizationServer;
const plainHttp = { [oauth.allowInsecureRequests]: true } as const;
beforeAll(async () => {
  bench = await issuerBench();
  const issuer = new URL(bench.issuer);
  const algorithm = 'oauth2' as const;
  const response = await oauth.discoveryRequest(issuer, { ...plainHttp, algorithm });
  server = await oauth.processDiscoveryResponse(issuer, response);
});
afterAll(() => bench[Symbol.asyncDispose]());

const authentication = (id: string) =>
  id === 'web'
    ? oauth.ClientSecretBasic(bench.keys.clientSecret(id))
    : oauth.PrivateKeyJwt({ key: bench.clientKey, kid: 'client-1' });

/** A FAPI client learns its nonce by the first refusal (RFC 9449 §8). */
async function withNonce<Token>(
  client: oauth.Client,
  send: (options: { DPoP?: oauth.DPoPHandle }) => Promise<Response>,
  read: (response: Response) => Promise<Token>,
): Promise<Token> {
  if (client.client_id === 'web') return read(await send({}));
  const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'));
  const refused = await send({ DPoP });
  expect(refused.status).toBe(400);
  const error: unknown = await read(refused).catch((thrown: unknown) => thrown);
  expect(oauth.isDPoPNonceError(error)).toBe(true);
  return read(await send({ DPoP }));
}

describe.each(['web', 'tpp'])('the client %s', (id) => {
  const client: oauth.Client = { client_id: id };
  const scope = 'accounts:read';

  it('gets tokens by client credentials', async () => {
    const { access_token: token } = await withNonce(
      client,
      (options) =>
        oauth.clientCredentialsGrantRequest(
          server,
          client,
          authentication(id),
          { scope, resource: 'urn:fintech:api' },
          { ...plainHttp, ...options },
        ),
      (response) => oauth.processClientCredentialsResponse(server, client, response),
    );
    expect(decodeJwt(token)).toMatchObject({ sub: id, aud: 'api', scope });
  });

  it('gets tokens by a pushed request, code, refresh and exchange', async () => {
    const DPoP =
      id === 'web' ? undefined : oauth.DPoP(client, await oauth.generateKeyPair('ES256'));
    const options = { ...plainHttp, ...(DPoP === undefined ? {} : { DPoP }) };
    const codeVerifier = oauth.generateRandomCodeVerifier();
    const state = oauth.generateRandomState();
    const pushed = {
      response_type: 'code',
      redirect_uri: REDIRECT_URI,
      code_challenge: await oauth.calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: 'S256',
      scope: 'openid accounts:read',
      state,
    };
    const again = async <Result>(
      send: () => Promise<Response>,
      read: (response: Response) => Promise<Result>,
    ) => {
      try {
        return await read(await send());
      } catch (error) {
        if (!oauth.isDPoPNonceError(error)) throw error;
        return read(await send());
      }
    };
    const { request_uri: uri } = await again(
      () => oauth.pushedAuthorizationRequest(server, client, authentication(id), pushed, options),
      (response) => oauth.processPushedAuthorizationResponse(server, client, response),
    );
    const query = new URLSearchParams({ client_id: id, request_uri: uri });
    const url = `${server.authorization_endpoint}?${query.toString()}`;
    const { redirect } = await answerAsPersona({ url, persona: 'customer' });
    const parameters = oauth.validateAuthResponse(server, client, redirect ?? new URL('x:'), state);
    const first = await again(
      () =>
        oauth.authorizationCodeGrantRequest(
          server,
          client,
          authentication(id),
          parameters,
          REDIRECT_URI,
          codeVerifier,
          options,
        ),
      (response) => oauth.processAuthorizationCodeResponse(server, client, response),
    );
    expect(oauth.getValidatedIdTokenClaims(first)).toMatchObject({ sub: 'usr_customer' });
    const refreshed = await again(
      () =>
        oauth.refreshTokenGrantRequest(
          server,
          client,
          authentication(id),
          first.refresh_token ?? '',
          options,
        ),
      (response) => oauth.processRefreshTokenResponse(server, client, response),
    );
    const exchanged = await again(
      () =>
        oauth.genericTokenEndpointRequest(
          server,
          client,
          authentication(id),
          'urn:ietf:params:oauth:grant-type:token-exchange',
          {
            subject_token: refreshed.access_token,
            subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
          },
          options,
        ),
      (response) => oauth.processGenericTokenEndpointResponse(server, client, response),
    );
    expect(decodeJwt(exchanged.access_token)).toMatchObject({
      sub: 'usr_customer',
      act: { sub: id },
    });
  });

  it('gets tokens by the device flow', async () => {
    const parameters = { scope };
    const started = await oauth.deviceAuthorizationRequest(
      server,
      client,
      authentication(id),
      parameters,
      plainHttp,
    );
    const device = await oauth.processDeviceAuthorizationResponse(server, client, started);
    const url = device.verification_uri_complete ?? '';
    await answerAsPersona({ url, persona: 'auditor' });
    const { access_token: token } = await withNonce(
      client,
      (options) =>
        oauth.deviceCodeGrantRequest(server, client, authentication(id), device.device_code, {
          ...plainHttp,
          ...options,
        }),
      (response) => oauth.processDeviceCodeResponse(server, client, response),
    );
    expect(decodeJwt(token)).toMatchObject({ sub: 'usr_auditor', scope });
  });
});
