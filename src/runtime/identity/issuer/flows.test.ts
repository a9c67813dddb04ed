import { decodeJwt } from 'jose';
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerAsPersona } from '../persona-answer.ts';
import { type IssuerBench, issuerBench, REDIRECT_URI } from './issuer.fixture.ts';

let bench: IssuerBench;
beforeAll(async () => {
  bench = await issuerBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

/** The clients of both profiles, and how each proves who it is. */
const PROFILES = [
  { id: 'web', bound: false, signed: false },
  { id: 'app', bound: false, signed: false },
  { id: 'signer', bound: false, signed: true },
  { id: 'bound', bound: true, signed: false },
  { id: 'tpp', bound: true, signed: true },
] as const;
type Profile = (typeof PROFILES)[number];
const CONFIDENTIAL = PROFILES.filter(({ id }) => id !== 'app');

function authentication({ id, signed }: Profile): client.ClientAuth {
  if (id === 'app') return client.None();
  if (!signed) return client.ClientSecretBasic(bench.keys.clientSecret(id));
  return client.PrivateKeyJwt(
    { key: bench.clientKey, kid: 'client-1' },
    { [client.modifyAssertion]: (_header, payload) => void (payload['aud'] = bench.issuer) },
  );
}

const configure = (profile: Profile) =>
  client.discovery(new URL(bench.issuer), profile.id, undefined, authentication(profile), {
    execute: [client.allowInsecureRequests],
  });

async function setUp(profile: Profile) {
  const config = await configure(profile);
  const DPoP = profile.bound
    ? client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))
    : undefined;
  return { config, options: DPoP === undefined ? {} : { DPoP } };
}

/** Authorization code with PKCE, pushed where the profile demands it, answered as a persona. */
async function byCode(profile: Profile, parameters: Record<string, string>, persona = 'customer') {
  const { config, options } = await setUp(profile);
  const verifier = client.randomPKCECodeVerifier();
  const state = client.randomState();
  const asked = {
    redirect_uri: profile.id === 'app' ? 'http://127.0.0.1:4123/cb' : REDIRECT_URI,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    ...parameters,
  };
  const url =
    profile.id === 'app'
      ? client.buildAuthorizationUrl(config, asked)
      : await client.buildAuthorizationUrlWithPAR(config, asked, options);
  const { redirect } = await answerAsPersona({ url: url.href, persona });
  if (redirect === undefined) throw new Error('the browser was not sent back');
  const checks = { pkceCodeVerifier: verifier, expectedState: state };
  const tokens = await client.authorizationCodeGrant(config, redirect, checks, undefined, options);
  return { config, options, tokens };
}

describe.each(PROFILES)('the client $id', (profile) => {
  it('gets a token by code and PKCE through the personas page, and another by refresh', async () => {
    const { config, options, tokens } = await byCode(profile, { scope: 'openid accounts:read' });
    expect(tokens.claims()).toMatchObject({ sub: 'usr_customer', aud: profile.id });
    expect(decodeJwt(tokens.access_token)).toMatchObject({
      iss: bench.issuer,
      sub: 'usr_customer',
      client_id: profile.id,
      aud: 'api',
      scope: 'accounts:read',
      tier: 'gold',
    });
    expect(tokens.token_type).toBe(profile.bound ? 'dpop' : 'bearer');
    expect(decodeJwt(tokens.access_token)['cnf'] !== undefined).toBe(profile.bound);
    const refreshToken = tokens.refresh_token ?? '';
    const again = await client.refreshTokenGrant(config, refreshToken, undefined, options);
    expect(decodeJwt(again.access_token)).toMatchObject({ sub: 'usr_customer', aud: 'api' });
    // FAPI 2.0 binds refresh tokens to the client and does not rotate them.
    expect(again.refresh_token === refreshToken).toBe(profile.id === 'tpp');
  });

  it('gets a token by the device flow', async () => {
    const { config, options } = await setUp(profile);
    const device = await client.initiateDeviceAuthorization(config, { scope: 'accounts:read' });
    expect(device.interval).toBe(1);
    const url = device.verification_uri_complete ?? '';
    const visit = await answerAsPersona({ url, persona: 'auditor' });
    expect(visit).toEqual({ redirect: undefined, status: 200 });
    const tokens = await client.pollDeviceAuthorizationGrant(config, device, undefined, options);
    expect(decodeJwt(tokens.access_token)).toMatchObject({ sub: 'usr_auditor', aud: 'api' });
  });
});

describe.each(CONFIDENTIAL)('the confidential client $id', (profile) => {
  it('gets a token by client credentials, with the claims of its entry', async () => {
    const { config, options } = await setUp(profile);
    const parameters = { scope: 'events:read', resource: 'urn:fintech:events' };
    const tokens = await client.clientCredentialsGrant(config, parameters, options);
    expect(decodeJwt(tokens.access_token)).toMatchObject({ sub: profile.id, aud: 'events' });
    expect(decodeJwt(tokens.access_token)['tier']).toBe(
      profile.id === 'web' ? 'silver' : undefined,
    );
  });

  it('exchanges the token of a person for one that names it as the actor', async () => {
    const { config, options, tokens } = await byCode(profile, {
      scope: 'accounts:read payments:write',
    });
    const exchanged = await client.genericGrantRequest(
      config,
      'urn:ietf:params:oauth:grant-type:token-exchange',
      {
        subject_token: tokens.access_token,
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        scope: 'accounts:read',
      },
      options,
    );
    expect(exchanged['issued_token_type']).toBe('urn:ietf:params:oauth:token-type:access_token');
    expect(exchanged.refresh_token).toBeUndefined();
    expect(decodeJwt(exchanged.access_token)).toMatchObject({
      sub: 'usr_customer',
      client_id: profile.id,
      act: { sub: profile.id },
      scope: 'accounts:read',
      tier: 'gold',
    });
  });

  it('asks whether a token is active, and revokes it', async () => {
    const { config, tokens } = await byCode(profile, { scope: 'accounts:read' });
    const { access_token: token, refresh_token: refresh = '' } = tokens;
    await expect(client.tokenIntrospection(config, token)).resolves.toMatchObject({
      active: true,
      sub: 'usr_customer',
      scope: 'accounts:read',
      token_type: profile.bound ? 'DPoP' : 'Bearer',
    });
    await client.tokenRevocation(config, token);
    await expect(client.tokenIntrospection(config, token)).resolves.toEqual({ active: false });
    await expect(client.tokenIntrospection(config, refresh)).resolves.toMatchObject({
      active: true,
    });
    await client.tokenRevocation(config, refresh);
    await expect(client.tokenIntrospection(config, refresh)).resolves.toEqual({ active: false });
  });

  it('carries the payment a person consented to in its token', async () => {
    const payment = {
      type: 'payment_initiation',
      actions: ['initiate'],
      instructedAmount: { currency: 'EUR', amount: '123.50' },
      creditorName: 'Merchant',
      creditorAccount: { iban: 'DE02100100109307118603' },
    };
    const { tokens } = await byCode(profile, { authorization_details: JSON.stringify([payment]) });
    expect(decodeJwt(tokens.access_token)['authorization_details']).toEqual([payment]);
  });
});

describe('consent', () => {
  it('gives no scope that the persona does not hold', async () => {
    const web = PROFILES[0];
    const asked = { scope: 'accounts:read payments:write' };
    const { tokens } = await byCode(web, asked, 'auditor');
    expect(decodeJwt(tokens.access_token)['scope']).toBe('accounts:read');
    await expect(byCode(web, { scope: 'payments:write' }, 'auditor')).rejects.toMatchObject({
      error: 'access_denied',
    });
  });

  it('lets a scope that takes a parameter have one', async () => {
    const { tokens } = await byCode(PROFILES[0], { scope: 'AIS:consent-7' });
    expect(decodeJwt(tokens.access_token)['scope']).toBe('AIS:consent-7');
  });

  it('of an earlier persona does not stay in the browser of a later one', async () => {
    const first = await byCode(PROFILES[0], { scope: 'accounts:read' }, 'customer');
    const second = await byCode(PROFILES[0], { scope: 'accounts:read' }, 'auditor');
    expect(decodeJwt(first.tokens.access_token).sub).toBe('usr_customer');
    expect(decodeJwt(second.tokens.access_token).sub).toBe('usr_auditor');
  });
});

it('keeps grants, refresh tokens and revocations over a restart', async () => {
  const { config, options, tokens } = await byCode(PROFILES[0], { scope: 'accounts:read' });
  const other = await byCode(PROFILES[0], { scope: 'accounts:read' });
  await client.tokenRevocation(config, other.tokens.access_token);
  await bench.restart();
  const refresh = tokens.refresh_token ?? '';
  await expect(client.refreshTokenGrant(config, refresh, undefined, options)).resolves.toBeTruthy();
  await expect(client.tokenIntrospection(config, other.tokens.access_token)).resolves.toEqual({
    active: false,
  });
});

it('writes no token and no secret to its log', () => {
  const log = bench.lines.join('\n');
  expect(log).toContain('token issued');
  expect(log).not.toMatch(/eyJ|sandbox_/);
});
