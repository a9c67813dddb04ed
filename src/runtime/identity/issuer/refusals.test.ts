import { randomUUID } from 'node:crypto';
import { SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IssuerBench, issuerBench, REDIRECT_URI } from './issuer.fixture.ts';
import {
  type Answer,
  CHALLENGE,
  type Form,
  type RawClient,
  rawClient,
  VERIFIER,
} from './refusals.fixture.ts';

let bench: IssuerBench;
let raw: RawClient;
beforeAll(async () => {
  bench = await issuerBench();
  raw = rawClient(bench);
});
afterAll(() => bench[Symbol.asyncDispose]());

const refusal = ({ status, body }: Answer) => [status, body['error']];
const WEB = { grant_type: 'authorization_code', redirect_uri: REDIRECT_URI };

async function codeOf(changes: Form = {}): Promise<string> {
  const { redirect } = await raw.authorize(changes);
  return redirect?.searchParams.get('code') ?? '';
}

const isActive = async (token: unknown) =>
  (await raw.ask({ token: String(token) }, { path: '/token/introspection' })).body['active'];

describe('A1 to A3, private_key_jwt', () => {
  const ask = (assertion: string) =>
    raw.post('/token', {
      grant_type: 'client_credentials',
      client_assertion: assertion,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    });
  const nowS = Math.floor(Date.now() / 1000);

  it('takes a good one, and A3: not a second time', async () => {
    const assertion = await raw.assertion();
    expect((await ask(assertion)).status).toBe(200);
    expect(refusal(await ask(assertion))).toEqual([401, 'invalid_client']);
  });

  it.each([
    ['A1: for another audience', { aud: 'https://other.example' }],
    ['A2: whose iss is not its sub', { iss: 'tpp' }],
    ['A2: that expired', { exp: nowS - 60 }],
    ['A2: without exp', { exp: undefined }],
    ['A3: without jti', { jti: undefined }],
  ])('refuses one %s', async (_name, changes) => {
    expect(refusal(await ask(await raw.assertion(changes)))).toEqual([401, 'invalid_client']);
  });

  it('A1: with FAPI 2.0 takes the issuer as the only audience', async () => {
    const aud = [bench.issuer, `${bench.issuer}/token`];
    expect((await ask(await raw.assertion({ aud }))).status).toBe(200);
    expect(refusal(await ask(await raw.assertion({ aud }, 'tpp')))).toEqual([
      401,
      'invalid_client',
    ]);
  });
});

describe('A4, PKCE', () => {
  it.each([
    ['missing', { code_challenge: '', code_challenge_method: '' }],
    ['plain', { code_challenge: VERIFIER, code_challenge_method: 'plain' }],
    ['without its method, which means plain', { code_challenge_method: '' }],
  ])('refuses a request where it is %s', async (_name, changes) => {
    expect((await raw.authorize(changes)).error).toBe('invalid_request');
  });

  it.each([
    ['another verifier', { code_verifier: 'w'.repeat(43) }],
    ['none (a downgrade)', {}],
  ])('gives no token for %s', async (_name, verifier) => {
    const code = await codeOf();
    expect(refusal(await raw.ask({ ...WEB, code, ...verifier }))).toEqual([400, 'invalid_grant']);
  });
});

it('A5: a code that comes twice revokes what it gave', async () => {
  const request = { ...WEB, code: await codeOf(), code_verifier: VERIFIER };
  const first = await raw.ask(request);
  expect(await isActive(first.body['access_token'])).toBe(true);
  expect(refusal(await raw.ask(request))).toEqual([400, 'invalid_grant']);
  expect(await isActive(first.body['access_token'])).toBe(false);
  const refresh = {
    grant_type: 'refresh_token',
    refresh_token: String(first.body['refresh_token']),
  };
  expect(refusal(await raw.ask(refresh))).toEqual([400, 'invalid_grant']);
});

describe('A6, pushed requests', () => {
  const push = async (): Promise<string> => {
    const pushed = {
      client_id: 'web',
      response_type: 'code',
      redirect_uri: REDIRECT_URI,
      scope: 'accounts:read',
      code_challenge: CHALLENGE,
      code_challenge_method: 'S256',
    };
    const { status, body } = await raw.ask(pushed, { path: '/request' });
    expect(status).toBe(201);
    return String(body['request_uri']);
  };
  const use = async (uri: string, id = 'web') => {
    const query = new URLSearchParams({ client_id: id, request_uri: uri });
    const url = `${bench.issuer}/auth?${query.toString()}`;
    const response = await fetch(url, { redirect: 'manual' });
    const location = response.headers.get('location') ?? '';
    return new URL(location, bench.issuer).searchParams.get('error');
  };

  it('are good once', async () => {
    const uri = await push();
    const query = new URLSearchParams({ client_id: 'web', request_uri: uri });
    const first = await raw.authorizeAt(`${bench.issuer}/auth?${query.toString()}`);
    expect(first?.searchParams.get('code')).toBeTruthy();
    expect(await use(uri)).toBe('invalid_request_uri');
  });

  it('are good for the client alone that pushed them', async () => {
    expect(await use(await push(), 'other')).toMatch(/^invalid_request/);
  });

  it('are not known where nobody pushed them', async () => {
    const uri = `urn:ietf:params:oauth:request_uri:${randomUUID()}`;
    expect(await use(uri)).toBe('invalid_request_uri');
  });

  it('are over after a minute', async () => {
    const uri = await push();
    bench.age(61);
    expect(await use(uri)).toBe('invalid_request_uri');
  });

  it('are demanded of a FAPI client', async () => {
    const changes = { client_id: 'tpp' };
    expect((await raw.authorize(changes)).error).toBe('invalid_request');
  });
});

describe('A7, signed requests', () => {
  const claims = () => ({
    iss: 'signer',
    aud: bench.issuer,
    client_id: 'signer',
    response_type: 'code',
    redirect_uri: REDIRECT_URI,
    scope: 'accounts:read',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
  });
  const sign = (
    changes: Record<string, unknown>,
    key: Parameters<SignJWT['sign']>[0],
    alg = 'ES256',
  ) =>
    new SignJWT({ ...claims(), ...changes })
      .setProtectedHeader({ alg })
      .setExpirationTime('1m')
      .sign(key);
  const use = (request: string, changes: Form = {}) =>
    raw.authorize({ client_id: 'signer', scope: '', request, ...changes });

  it('are taken with the client’s key', async () => {
    expect(
      (await use(await sign({}, bench.clientKey))).redirect?.searchParams.get('code'),
    ).toBeTruthy();
  });

  it('are refused unsigned, by a secret, by another key, or for another issuer', async () => {
    const unsigned = new UnsecuredJWT(claims()).encode();
    const secret = new TextEncoder().encode(bench.keys.clientSecret('signer'));
    const stranger = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
      'sign',
    ]);
    const requests = [
      unsigned,
      await sign({}, secret, 'HS256'),
      await sign({}, stranger.privateKey),
      await sign({ aud: 'https://other.example' }, bench.clientKey),
    ];
    for (const request of requests) {
      expect((await use(request)).error).toBe('invalid_request_object');
    }
  });

  it('are refused where a parameter outside says otherwise', async () => {
    const other = await sign({ client_id: 'web' }, bench.clientKey);
    expect((await use(other)).error).toBe('invalid_request_object');
    const request = await sign({}, bench.clientKey);
    expect(
      (await use(request, { response_type: 'none' })).redirect?.searchParams.get('code'),
    ).toBeFalsy();
  });
});

describe('A8, redirect URIs', () => {
  it.each([
    `${REDIRECT_URI}/`,
    `${REDIRECT_URI}?x=1`,
    `${REDIRECT_URI}#x`,
    REDIRECT_URI.replace('4999', '4998'),
    REDIRECT_URI.replace('127.0.0.1', 'localhost'),
    REDIRECT_URI.replace('http', 'https'),
    `${REDIRECT_URI}/../cb`,
    REDIRECT_URI.replace('/cb', '/CB'),
  ])('that are near one of the client are none: %s', async (redirect_uri) => {
    await expect(raw.authorize({ redirect_uri })).resolves.toMatchObject({
      status: 400,
      redirect: undefined,
    });
  });

  it('of a native app may have any port, and no other path', async () => {
    const ask = (redirect_uri: string) => raw.authorize({ client_id: 'app', redirect_uri });
    expect((await ask('http://127.0.0.1:5123/cb')).redirect?.port).toBe('5123');
    expect((await ask('http://127.0.0.1:5123/other')).redirect).toBeUndefined();
  });
});

it('A9: an unknown resource is invalid_target, in every flow', async () => {
  const resource = 'urn:fintech:other';
  const error = 'invalid_target';
  expect(refusal(await raw.ask({ grant_type: 'client_credentials', resource }))).toEqual([
    400,
    error,
  ]);
  expect((await raw.authorize({ resource })).error).toBe(error);
  expect(refusal(await raw.ask({ resource }, { path: '/device/auth' }))).toEqual([400, error]);
  const code = await codeOf();
  const request = { ...WEB, code, code_verifier: VERIFIER };
  const events = { resource: 'urn:fintech:events' };
  expect(refusal(await raw.ask({ ...request, ...events }))).toEqual([400, error]);
});

describe('A10, token exchange', () => {
  const TYPE = 'urn:ietf:params:oauth:token-type:access_token';
  const own = async (id: string) =>
    String((await raw.ask({ grant_type: 'client_credentials' }, { id })).body['access_token']);
  const exchange = async (changes: Form) => {
    const form = {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: await own('other'),
      subject_token_type: TYPE,
      ...changes,
    };
    return raw.ask(form);
  };

  it('names who acted before, and who acts', async () => {
    const answer = await exchange({});
    expect(answer.status).toBe(200);
    const again = await exchange({
      subject_token: String(answer.body['access_token']),
      actor_token: await own('web'),
      actor_token_type: TYPE,
    });
    const claims = JSON.parse(
      Buffer.from(String(again.body['access_token']).split('.')[1] ?? '', 'base64url').toString(),
    ) as unknown;
    expect(claims).toMatchObject({
      sub: 'other',
      act: { sub: 'web', act: { sub: 'web' } },
      scope: 'accounts:read',
    });
  });

  it.each<[string, Form, string]>([
    ['a subject_token that is none', { subject_token: 'abc' }, 'invalid_request'],
    ['no subject_token_type', { subject_token_type: '' }, 'invalid_request'],
    ['an ID token', { subject_token_type: TYPE.replace('access', 'id') }, 'invalid_request'],
    [
      'a wish for a refresh token',
      { requested_token_type: TYPE.replace('access', 'refresh') },
      'invalid_request',
    ],
    ['an actor_token without its type', { actor_token: 'abc' }, 'invalid_request'],
    [
      'an actor_token that is none',
      { actor_token: 'abc', actor_token_type: TYPE },
      'invalid_request',
    ],
    ['a type without an actor_token', { actor_token_type: TYPE }, 'invalid_request'],
    ['an unknown audience', { audience: 'other' }, 'invalid_target'],
    ['an unknown resource', { resource: 'urn:fintech:other' }, 'invalid_target'],
    [
      'audience and resource that differ',
      { audience: 'api', resource: 'urn:fintech:events' },
      'invalid_target',
    ],
    ['a scope that the subject lacks', { scope: 'payments:write' }, 'invalid_scope'],
    ['a scope that the client lacks', { scope: 'ledger:read' }, 'invalid_scope'],
  ])('refuses %s', async (_name, changes, error) => {
    expect(refusal(await exchange(changes))).toEqual([400, error]);
  });

  it('refuses an edited, a revoked, and an actor’s foreign token', async () => {
    const good = await own('web');
    const edited = `${good.slice(0, -4)}AAAA`;
    expect(refusal(await exchange({ subject_token: edited }))).toEqual([400, 'invalid_request']);
    await raw.ask({ token: good }, { path: '/token/revocation' });
    expect(refusal(await exchange({ subject_token: good }))).toEqual([400, 'invalid_request']);
    const foreign = { actor_token: await own('other'), actor_token_type: TYPE };
    expect(refusal(await exchange(foreign))).toEqual([400, 'invalid_request']);
  });
});

describe('A11, device flow', () => {
  const start = async () =>
    (await raw.ask({ scope: 'accounts:read' }, { path: '/device/auth' })).body;
  const poll = (device_code: unknown) =>
    raw.ask({
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: String(device_code),
    });

  it('is pending, and slow_down for who asks too often', async () => {
    const { device_code: code } = await start();
    expect(refusal(await poll(code))).toEqual([400, 'authorization_pending']);
    expect(refusal(await poll(code))).toEqual([400, 'slow_down']);
  });

  it('knows no code that was never given, and says which one is over', async () => {
    expect(refusal(await poll('nonsense'))).toEqual([400, 'invalid_grant']);
    const { device_code: code } = await start();
    bench.age(601);
    expect(refusal(await poll(code))).toEqual([400, 'expired_token']);
  });

  it('ends where the person says that it is not their device', async () => {
    const { device_code: code, verification_uri_complete: url } = await start();
    await raw.deny(String(url));
    expect(refusal(await poll(code))).toEqual([400, 'access_denied']);
  });
});

describe('A12 and A13, refresh tokens', () => {
  it('A12: a used one kills the family', async () => {
    const request = { ...WEB, code: await codeOf(), code_verifier: VERIFIER };
    const first = String((await raw.ask(request)).body['refresh_token']);
    const refresh = (token: unknown) =>
      raw.ask({ grant_type: 'refresh_token', refresh_token: String(token) });
    const second = await refresh(first);
    expect(second.status).toBe(200);
    expect(refusal(await refresh(first))).toEqual([400, 'invalid_grant']);
    expect(refusal(await refresh(second.body['refresh_token']))).toEqual([400, 'invalid_grant']);
    expect(await isActive(second.body['access_token'])).toBe(false);
  });

  it('A13: a bogus one is invalid_grant, and so is another client’s', async () => {
    const refresh = { grant_type: 'refresh_token', refresh_token: 'bogus' };
    expect(refusal(await raw.ask(refresh))).toEqual([400, 'invalid_grant']);
    const request = { ...WEB, code: await codeOf(), code_verifier: VERIFIER };
    const token = String((await raw.ask(request)).body['refresh_token']);
    const foreign = { grant_type: 'refresh_token', refresh_token: token };
    expect(refusal(await raw.ask(foreign, { id: 'bound' }))[1]).toMatch(
      /invalid_(grant|dpop_proof)/,
    );
  });
});

it('A14: an unknown scope is an error in every flow', async () => {
  const scope = 'accounts:read nonsense';
  const error = 'invalid_scope';
  expect(refusal(await raw.ask({ grant_type: 'client_credentials', scope }))).toEqual([400, error]);
  expect((await raw.authorize({ scope })).error).toBe(error);
  expect(refusal(await raw.ask({ scope }, { path: '/device/auth' }))).toEqual([400, error]);
  const request = { ...WEB, code: await codeOf(), code_verifier: VERIFIER };
  const token = String((await raw.ask(request)).body['refresh_token']);
  const refresh = { grant_type: 'refresh_token', refresh_token: token, scope };
  expect(refusal(await raw.ask(refresh))).toEqual([400, error]);
});
