import { decodeProtectedHeader } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemRandom } from '../../../kernel/random.ts';
import { systemClock } from '../../../kernel/time.ts';
import { mintAccessToken } from '../mint.ts';
import { Answers } from './answers.ts';
import { type IssuerBench, issuerBench } from './issuer.fixture.ts';
import { rawClient } from './refusals.fixture.ts';

let bench: IssuerBench;
beforeAll(async () => {
  bench = await issuerBench();
});
afterAll(() => bench[Symbol.asyncDispose]());
afterEach(async () => {
  await admin('DELETE', '/admin/answers');
});

function adminToken(changes: { audience?: string; scopes?: string[] } = {}): string {
  const request = {
    issuer: bench.issuer,
    subject: 'fintech-cli',
    clientId: 'fintech-cli',
    audience: 'admin',
    scopes: ['sandbox:admin'],
    issuedAtMs: systemClock.now(),
    lifetimeS: 60,
    algorithm: 'ES256' as const,
    claims: {},
    ...changes,
  };
  return mintAccessToken(request, { keys: bench.keys, random: systemRandom });
}

function admin(
  method: string,
  path: string,
  sent: { body?: object | string; token?: string } = {},
) {
  const { body, token = adminToken() } = sent;
  return fetch(bench.issuer + path, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}

const script = async (answer: object) => {
  expect((await admin('POST', '/admin/answers', { body: answer })).status).toBe(201);
};
const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(bench.issuer + path, { headers });
const askToken = (id = 'web') =>
  fetch(`${bench.issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${id}:${bench.keys.clientSecret(id)}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
const kidOf = async (response: Response) => {
  const { access_token } = (await response.json()) as { access_token: string };
  return decodeProtectedHeader(access_token).kid;
};

describe('control of the issuer', () => {
  it.each([
    ['of another audience', { audience: 'api' }, 401],
    ['without the scope', { scopes: ['events:read'] }, 403],
  ])('takes no token %s', async (_name, changes, status) => {
    for (const path of ['/admin/keys', '/admin/answers']) {
      expect((await admin('POST', path, { body: {}, token: adminToken(changes) })).status).toBe(
        status,
      );
    }
  });

  it('takes no request without a token', async () => {
    const response = await fetch(`${bench.issuer}/admin/keys`, { method: 'POST' });
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([
      401,
      'Bearer realm="fintech"',
    ]);
  });

  it('signs with a new key from the call on, and what was granted before stays', async () => {
    const raw = rawClient(bench);
    const started = await raw.ask({ scope: 'accounts:read' }, { path: '/device/auth' });
    const before = await kidOf(await askToken());
    bench.keys.replaceKey('ES256', { overlapMs: 60_000 });
    expect(await kidOf(await askToken())).toBe(before);
    const response = await admin('POST', '/admin/keys');
    const { kid } = bench.keys.signingKey('ES256');
    await expect(response.json()).resolves.toEqual({ kid });
    expect(kid).not.toBe(before);
    expect(await kidOf(await askToken())).toBe(kid);
    const { keys } = (await (await get('/jwks')).json()) as { keys: { kid: string }[] };
    expect(keys.map((key) => key.kid)).toEqual(expect.arrayContaining([before, kid]));
    const poll = await raw.ask({
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: String(started.body['device_code']),
    });
    expect(poll.body['error']).toBe('authorization_pending');
  });
});

describe('A15 to A17, answers on demand', () => {
  it('A15: metadata names another issuer, once', async () => {
    await script({ at: 'metadata', fault: 'wrong-issuer' });
    const path = '/.well-known/openid-configuration';
    const issuerOf = async () => ((await (await get(path)).json()) as { issuer: string }).issuer;
    expect(await issuerOf()).toBe('https://issuer.example');
    expect(await issuerOf()).toBe(bench.issuer);
  });

  it('A15: the browser brings back a code from another issuer', async () => {
    const raw = rawClient(bench);
    await script({ at: 'redirect', fault: 'wrong-issuer', client: 'web' });
    const issuers = [await raw.authorize({}), await raw.authorize({})].map(({ redirect }) =>
      redirect?.searchParams.get('iss'),
    );
    expect(issuers).toEqual(['https://issuer.example', bench.issuer]);
  });

  it.each([
    ['error', 500],
    ['busy', 429],
  ])('A16: keys and tokens answer %s with %i', async (fault, status) => {
    await script({ at: 'jwks', fault });
    await script({ at: 'token', fault });
    expect([(await get('/jwks')).status, (await askToken()).status]).toEqual([status, status]);
    expect([(await get('/jwks')).status, (await askToken()).status]).toEqual([200, 200]);
  });

  it('A16: keys and tokens come slowly', async () => {
    await script({ at: 'jwks', fault: 'slow', delayMs: 300 });
    await script({ at: 'token', fault: 'slow', delayMs: 300 });
    for (const ask of [() => get('/jwks'), () => askToken()]) {
      const startMs = performance.now();
      expect((await ask()).status).toBe(200);
      expect(performance.now() - startMs).toBeGreaterThan(290);
    }
  });

  it('A16: keys and tokens end in the middle', async () => {
    await script({ at: 'jwks', fault: 'truncated' });
    await script({ at: 'token', fault: 'truncated' });
    await expect(get('/jwks').then((response) => response.text())).rejects.toThrow('terminated');
    await expect(askToken().then((response) => response.text())).rejects.toThrow('terminated');
  });

  it('A16: keys and tokens come as HTML', async () => {
    await script({ at: 'jwks', fault: 'wrong-type' });
    await script({ at: 'token', fault: 'wrong-type' });
    for (const response of [await get('/jwks'), await askToken()]) {
      expect(response.headers.get('content-type')).toContain('text/html');
      await expect(response.json()).resolves.toBeTruthy();
    }
  });

  it('A17: there are no keys, a kid twice, or a private key, which is none of ours', async () => {
    const keysWith = async (fault: string) => {
      await script({ at: 'jwks', fault });
      return ((await (await get('/jwks')).json()) as { keys: Record<string, string>[] }).keys;
    };
    expect(await keysWith('no-keys')).toEqual([]);
    const kids = (await keysWith('duplicate-kid')).map(({ kid }) => kid);
    expect(kids.filter((kid) => kid === kids[0])).toHaveLength(2);
    const leaked = (await keysWith('private-key')).filter((key) => 'd' in key);
    expect(leaked).toHaveLength(1);
    const own = bench.keys.list().map(({ publicJwk }) => publicJwk['x']);
    expect(own).not.toContain(leaked[0]?.['x']);
  });

  it('are for one client, or one test, where the script says so', async () => {
    await script({ at: 'token', fault: 'busy', client: 'other', times: 2 });
    expect((await askToken('web')).status).toBe(200);
    expect((await askToken('other')).status).toBe(429);
    await script({ at: 'jwks', fault: 'error', test: 't1' });
    expect((await get('/jwks', { 'fintech-test': 't2' })).status).toBe(200);
    expect((await get('/jwks', { 'fintech-test': 't1' })).status).toBe(500);
    const { answers } = (await (await admin('GET', '/admin/answers')).json()) as {
      answers: object[];
    };
    expect(answers).toMatchObject([{ at: 'token', fault: 'busy', client: 'other', times: 1 }]);
  });

  it.each<[string, object | string]>([
    ['no fault', { at: 'token' }],
    ['an unknown fault', { at: 'token', fault: 'sleepy' }],
    ['a fault of keys at tokens', { at: 'token', fault: 'no-keys' }],
    ['a slow redirect', { at: 'redirect', fault: 'slow' }],
    ['a client at keys', { at: 'jwks', fault: 'error', client: 'web' }],
    ['too often', { at: 'token', fault: 'error', times: 1001 }],
    ['for too long', { at: 'token', fault: 'error', forS: 3601 }],
    ['too slow', { at: 'token', fault: 'slow', delayMs: 30_001 }],
    ['a member nobody knows', { at: 'token', fault: 'slow', x: 1 }],
    ['no JSON', '{'],
    ['a body past 4 KiB', `{"at":"token","fault":"error","test":"${'x'.repeat(5000)}"}`],
  ])('are not scripted with %s', async (_name, body) => {
    expect((await admin('POST', '/admin/answers', { body })).status).toBe(400);
  });

  it('end after their time, and are 100 at most', () => {
    let nowMs = 0;
    const answers = new Answers({
      clock: { ...systemClock, now: () => nowMs },
      random: systemRandom,
    });
    const answer = { at: 'token', fault: 'error', times: 1, forS: 10, delayMs: 1 } as const;
    for (let count = 0; count < 100; count += 1) expect(answers.add(answer)).toBeDefined();
    expect(answers.add(answer)).toBeUndefined();
    nowMs = 10_000;
    expect(answers.take({ at: 'token', client: 'web', test: undefined })).toBeUndefined();
    expect(answers.add(answer)).toBeDefined();
  });
});
