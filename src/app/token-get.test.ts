import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Context } from './context.ts';
import { systemRandom } from '../kernel/random.ts';
import { systemClock } from '../kernel/time.ts';
import type { RunningComponent } from '../kernel/component.ts';
import { serveIdentity } from '../runtime/identity/serve.ts';
import { answerAsPersona } from '../runtime/identity/public.ts';
import { projectKeys } from './keys.ts';
import { listenFor } from './loopback-listener.ts';
import { type GetInput, getToken } from './token-flow.ts';
import { type TokenBench, tokenBench } from './tokens.fixture.ts';
import { loadWorkspace } from './workspace.ts';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const SCOPES = ['accounts:read', 'payments:write'];
let bench: TokenBench;
let running: RunningComponent;
let context: Context;

const INPUT: GetInput = {
  client: 'app',
  flow: 'pkce',
  scopes: ['accounts:read'],
  audience: 'api',
  persona: undefined,
  dpop: false,
  subjectToken: undefined,
  issuer: undefined,
  clientSecretEnv: undefined,
  clientKey: undefined,
  redirectUri: undefined,
};

beforeAll(async () => {
  await using free = await listenFor('http://127.0.0.1/cb');
  const { port } = new URL(free.redirectUri);
  await free[Symbol.asyncDispose]();
  const jwk = JSON.stringify(publicKey.export({ format: 'jwk' }));
  bench = tokenBench(`
name: bank
sandbox: { ports: { identity: ${port} } }
identity:
  clients:
    app: { scopes: [${SCOPES.join()}], auth: none, grants: [authorization_code, device], redirectUris: ["http://127.0.0.1/cb"] }
    web: { scopes: [${SCOPES.join()}], auth: client_secret_post, grants: [authorization_code, token_exchange], redirectUris: ["https://bank.example/cb"] }
    tpp: { scopes: [${SCOPES.join()}], profile: fapi2, auth: private_key_jwt, grants: [authorization_code], redirectUris: ["http://127.0.0.1:4998/cb"], jwks: { keys: [${jwk}] } }
`);
  context = { ...bench.context, clock: systemClock };
  writeFileSync(
    join(context.cwd, 'key.json'),
    JSON.stringify(privateKey.export({ format: 'jwk' })),
  );
  const workspace = await loadWorkspace(context);
  const keys = projectKeys(context, workspace);
  running = await serveIdentity(
    {
      issuer: `http://127.0.0.1:${port}`,
      dataDir: join(bench.folder, 'data'),
      keysDir: workspace.keysFolder,
      clients: Object.entries(workspace.config.identity?.clients ?? {}).map(
        ([clientId, client]) => ({
          ...client,
          clientId,
          secret: keys.clientSecret(clientId),
        }),
      ),
      personas: [{ name: 'customer', subject: 'usr_customer', scopes: SCOPES, claims: {} }],
      scopes: { api: SCOPES, events: [], admin: [] },
      listen: { host: '127.0.0.1', port: Number(port) },
    },
    { clock: systemClock, random: systemRandom, log: () => {} },
  );
});
afterAll(async () => {
  await running[Symbol.asyncDispose]();
  bench[Symbol.dispose]();
});

const get = async (input: Partial<GetInput>) =>
  (await getToken(context, { ...INPUT, ...input })).data;

describe('a token by a real flow', () => {
  it.each<[string, Partial<GetInput>]>([
    ['by code, as a persona', { persona: 'customer' }],
    ['by code where the redirect URI is elsewhere', { client: 'web', persona: 'customer' }],
    ['by the device flow', { flow: 'device', persona: 'customer' }],
    [
      'by exchange of a token of a persona',
      { client: 'web', flow: 'exchange', persona: 'customer' },
    ],
  ])('comes %s', async (_name, input) => {
    const token = await get(input);
    expect(token).toMatchObject({ tokenType: 'Bearer', scope: 'accounts:read', dpopKey: null });
    expect(decodeJwt(token.accessToken)).toMatchObject({ sub: 'usr_customer', aud: 'api' });
  });

  it('comes with FAPI 2.0: pushed, by a key of the client, and bound to another', async () => {
    const token = await get({
      client: 'tpp',
      persona: 'customer',
      dpop: true,
      clientKey: 'key.json',
    });
    expect(token).toMatchObject({
      tokenType: 'DPoP',
      dpopKey: { kty: 'EC', d: expect.any(String) },
    });
    expect(decodeJwt(token.accessToken)['cnf']).toEqual({ jkt: expect.any(String) });
  });

  it('comes to a listener on loopback, from the address that was shown', async () => {
    const before = bench.notes.length;
    const pending = get({});
    await expect.poll(() => bench.notes.length).toBe(before + 1);
    const url = bench.notes.at(-1)?.replace('open ', '') ?? '';
    const { redirect } = await answerAsPersona({ url, persona: 'customer' });
    expect(redirect?.hostname).toBe('127.0.0.1');
    expect((await fetch(redirect ?? '')).status).toBe(200);
    expect(decodeJwt((await pending).accessToken).sub).toBe('usr_customer');
  });

  it('comes from any issuer by discovery', async () => {
    const keys = projectKeys(context, await loadWorkspace(context));
    const environment = { ...context.environment, SECRET: keys.clientSecret('web') };
    const input = {
      ...INPUT,
      client: 'web',
      flow: 'exchange' as const,
      issuer: running.url,
      clientSecretEnv: 'SECRET',
      audience: 'urn:fintech:api',
      subjectToken: (await get({ persona: 'customer' })).accessToken,
    };
    const { data } = await getToken({ ...context, environment }, input);
    expect(decodeJwt(data.accessToken)['act']).toEqual({ sub: 'web' });
  });
});

describe('no token comes', () => {
  it.each<[string, Partial<GetInput>, string]>([
    ['for a persona nobody knows', { persona: 'custmer' }, 'TOKEN_UNKNOWN_PERSONA'],
    ['by code for who has no redirect URI here', { client: 'web' }, 'USAGE_INVALID'],
    [
      'without the key of the client',
      { client: 'tpp', persona: 'customer' },
      'USAGE_MISSING_VALUE',
    ],
    [
      'with a file that holds no key',
      { client: 'tpp', clientKey: 'fintech.yaml' },
      'KEYS_UNREADABLE',
    ],
    [
      'by a grant the client lacks',
      { flow: 'exchange', persona: 'customer' },
      'TOKEN_ISSUER_REFUSED',
    ],
    ['from an issuer that is no address', { issuer: 'here' }, 'USAGE_INVALID'],
    [
      'from an issuer without its secret',
      { issuer: 'http://127.0.0.1:9', clientSecretEnv: 'NONE' },
      'USAGE_INVALID',
    ],
    ['from an issuer that is not there', { issuer: 'http://127.0.0.1:9' }, 'TOKEN_ISSUER_REFUSED'],
    [
      'from an issuer beyond this machine without TLS',
      { issuer: 'http://login.example' },
      'TOKEN_ISSUER_REFUSED',
    ],
  ])('%s', async (_name, input, code) => {
    await expect(get(input)).rejects.toMatchObject({ code });
  });
});
