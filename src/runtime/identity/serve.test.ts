import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeProtectedHeader } from 'jose';
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningComponent } from '../../kernel/component.ts';
import type { Log } from '../../kernel/log.ts';
import { systemRandom } from '../../kernel/random.ts';
import { systemClock } from '../../kernel/time.ts';
import { remoteJwks } from '../access/remote-jwks.ts';
import { createTokenVerifier } from '../access/verifier.ts';
import { type KeyStore, openKeys } from './keys.ts';
import { mintAccessToken } from './mint.ts';
import { serveIdentity } from './serve.ts';

const SCOPES = {
  api: ['ledger:post', 'ledger:read', 'AIS:'],
  events: ['events:append', 'events:read'],
  admin: ['sandbox:admin'],
};
const CLIENTS = { ledger: ['events:append', 'events:read', 'ledger:post'], idle: [] };

let root: string;
let issuer: string;
let keys: KeyStore;
let running: RunningComponent;
const lines: string[] = [];
const log: Log = (...line) => void lines.push(JSON.stringify(line));

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'issuer-'));
  keys = openKeys(join(root, 'keys'), systemRandom, systemClock);
  issuer = `http://127.0.0.1:${await freePort()}`;
  running = await start();
});
afterAll(async () => {
  await running[Symbol.asyncDispose]();
  rmSync(root, { recursive: true, force: true });
});

function start(): Promise<RunningComponent> {
  const clients = Object.entries(CLIENTS).map(([clientId, scopes]) => ({
    clientId,
    secret: keys.clientSecret(clientId),
    scopes,
  }));
  const options = {
    issuer,
    dataDir: join(root, 'data'),
    keysDir: join(root, 'keys'),
    clients,
    personas: [],
    scopes: SCOPES,
  };
  const listen = { host: '127.0.0.1', port: Number(new URL(issuer).port) };
  return serveIdentity({ ...options, listen }, { clock: systemClock, random: systemRandom, log });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}

interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

const asAnswer = async (response: Response): Promise<Answer> => ({
  status: response.status,
  headers: response.headers,
  body: (await response.json()) as Record<string, unknown>,
});

async function ask(form: Record<string, string> | [string, string][], secret?: string) {
  const credentials = `ledger:${secret ?? keys.clientSecret('ledger')}`;
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(credentials)}` },
    body: new URLSearchParams([['grant_type', 'client_credentials'], ...new URLSearchParams(form)]),
  });
  return asAnswer(response);
}

const verifierFor = (audience: string) =>
  createTokenVerifier({
    issuer,
    audience,
    keys: remoteJwks({ url: `${issuer}/jwks`, clock: systemClock }),
    clock: systemClock,
  });

describe('client credentials', () => {
  it.each([
    ['client_secret_basic', client.ClientSecretBasic],
    ['client_secret_post', client.ClientSecretPost],
  ])('serve a certified client by discovery, with %s', async (_name, authentication) => {
    const config = await client.discovery(
      new URL(issuer),
      'ledger',
      undefined,
      authentication(keys.clientSecret('ledger')),
      { execute: [client.allowInsecureRequests] },
    );
    expect(config.serverMetadata()).toMatchObject({
      issuer,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      token_endpoint_auth_signing_alg_values_supported: expect.not.arrayContaining(['HS256']),
    });
    const tokens = await client.clientCredentialsGrant(config, {
      scope: 'events:append',
      resource: 'urn:fintech:events',
    });
    expect(tokens).toMatchObject({ token_type: 'bearer', expires_in: 300, scope: 'events:append' });
    await expect(verifierFor('events').verify(tokens.access_token)).resolves.toMatchObject({
      ok: true,
      claims: { sub: 'ledger', client_id: 'ledger', aud: 'events' },
    });
  });

  it('give access tokens of RFC 9068, signed by the key of the project', async () => {
    const { body } = await ask({});
    expect(decodeProtectedHeader(String(body['access_token']))).toEqual({
      alg: 'ES256',
      typ: 'at+jwt',
      kid: keys.signingKey('ES256').kid,
    });
  });

  it('give all scopes the client holds at the default audience, api, when it names none', async () => {
    const { body } = await ask({});
    expect(body).toMatchObject({ scope: 'ledger:post' });
    await expect(verifierFor('api').verify(String(body['access_token']))).resolves.toMatchObject({
      ok: true,
      scopes: new Set(['ledger:post']),
    });
  });

  it.each<[string, Record<string, string>, string]>([
    ['a scope of another client', { scope: 'ledger:read' }, 'invalid_scope'],
    [
      'one good scope beside one it does not hold',
      { scope: 'ledger:post ledger:read' },
      'invalid_scope',
    ],
    ['a scope of another resource', { scope: 'events:append' }, 'invalid_scope'],
    ['a scope nobody knows', { scope: 'nonsense' }, 'invalid_scope'],
    ['openid', { scope: 'openid' }, 'invalid_scope'],
    ['offline_access', { scope: 'offline_access' }, 'invalid_scope'],
    ['a bare parameterised scope', { scope: 'AIS:' }, 'invalid_scope'],
    ['a scope in capitals', { scope: 'LEDGER:POST' }, 'invalid_scope'],
    ['an audience where it holds nothing', { resource: 'urn:fintech:admin' }, 'invalid_scope'],
    ['control by name', { resource: 'urn:fintech:admin', scope: 'sandbox:admin' }, 'invalid_scope'],
    ['a resource nobody knows', { resource: 'urn:fintech:other' }, 'invalid_target'],
    ['a resource that is no URI', { resource: 'api' }, 'invalid_target'],
    ['a resource with a fragment', { resource: 'urn:fintech:api#x' }, 'invalid_target'],
  ])('refuse %s', async (_name, form, error) => {
    await expect(ask(form)).resolves.toMatchObject({ status: 400, body: { error } });
  });

  it('say which scope was refused', async () => {
    const { body } = await ask({ scope: 'ledger:post ledger:read' });
    expect(body['error_description']).toBe(
      'this client does not hold ledger:read at urn:fintech:api',
    );
  });

  it('refuse two resources at once', async () => {
    const form: [string, string][] = [
      ['resource', 'urn:fintech:api'],
      ['resource', 'urn:fintech:events'],
    ];
    await expect(ask(form)).resolves.toMatchObject({
      status: 400,
      body: { error: 'invalid_target' },
    });
  });

  it('refuse a wrong secret and an unknown client alike', async () => {
    const wrong = await ask({}, 'wrong');
    const response = await fetch(`${issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa('stranger:wrong')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    const stranger = await asAnswer(response);
    expect(wrong).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    expect(wrong.headers.get('www-authenticate')).toContain('Basic');
    expect([stranger.status, stranger.body]).toEqual([wrong.status, wrong.body]);
  });

  it.each([
    ['authorization_code', 'unauthorized_client'],
    ['refresh_token', 'unauthorized_client'],
    ['urn:ietf:params:oauth:grant-type:device_code', 'unauthorized_client'],
    ['urn:ietf:params:oauth:grant-type:token-exchange', 'unauthorized_client'],
    ['password', 'unsupported_grant_type'],
  ])('are the only grant of a client unless told: %s is %s', async (grant, error) => {
    const response = await fetch(`${issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`ledger:${keys.clientSecret('ledger')}`)}` },
      body: new URLSearchParams({ grant_type: grant }),
    });
    await expect(asAnswer(response)).resolves.toMatchObject({
      status: 400,
      body: { error },
    });
  });
});

describe('the door of the issuer', () => {
  it.each([
    ['GET', '/me', 404],
    ['POST', '/reg', 404],
    ['GET', '/session/end', 404],
    ['GET', '/interaction', 404],
    ['GET', '/interaction/a/b', 404],
    ['POST', '/auth', 405],
    ['GET', '/token/introspection', 405],
    ['GET', '/TOKEN', 404],
    ['GET', '/', 404],
    ['GET', '/token', 405],
    ['DELETE', '/jwks', 405],
    ['OPTIONS', '/token', 405],
  ])('answers %s %s with %i and problem details', async (method, path, status) => {
    const response = await fetch(issuer + path, { method });
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    await expect(asAnswer(response)).resolves.toMatchObject({ status, body: { status } });
  });

  it('refuses a Host it does not know, and a cross-site Origin', async () => {
    expect(await statusWith({ host: 'evil.example' })).toBe(421);
    expect(await statusWith({ origin: 'http://evil.example' })).toBe(403);
    expect(await statusWith({})).toBe(200);
  });

  it('refuses a body past 56 KiB, announced or not', async () => {
    const body = `grant_type=client_credentials&x=${'x'.repeat(57 * 1024)}`;
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const announced = await fetch(`${issuer}/token`, { method: 'POST', headers, body });
    expect(announced.status).toBe(413);
    const chunked = await fetch(`${issuer}/token`, {
      method: 'POST',
      headers,
      body: new Blob([body]).stream(),
      duplex: 'half',
    });
    await expect(asAnswer(chunked)).resolves.toMatchObject({
      status: 400,
      body: { error: 'invalid_request' },
    });
  });

  it('is live and ready, and counts what it did', async () => {
    for (const path of ['/health/live', '/health/ready']) {
      expect((await fetch(issuer + path)).status).toBe(200);
    }
    await ask({});
    const metrics = await (await fetch(`${issuer}/metrics`)).text();
    expect(metrics).toMatch(/fintech_identity_tokens_issued_total\{client_id="ledger"\} \d+/);
    expect(metrics).toContain('http_route="/token"');
  });

  it('answers 503 while its keys cannot be read, and says so in its log', async () => {
    const file = join(root, 'keys', 'EdDSA.jwk.json');
    chmodSync(file, 0o644);
    const response = await fetch(`${issuer}/jwks`);
    chmodSync(file, 0o600);
    await expect(asAnswer(response)).resolves.toMatchObject({ status: 503, body: { status: 503 } });
    expect(lines.at(-1)).toContain('others than its owner may use it');
  });

  it('publishes a key that was made after it started', async () => {
    const { kid } = keys.signingKey('RS256');
    const { body } = await asAnswer(await fetch(`${issuer}/jwks`));
    expect(body['keys']).toContainEqual(expect.objectContaining({ kid, alg: 'RS256' }));
    const token = mintAccessToken(
      {
        issuer,
        subject: 'usr_1',
        clientId: 'fintech-cli',
        audience: 'api',
        scopes: [],
        issuedAtMs: systemClock.now(),
        lifetimeS: 60,
        algorithm: 'RS256',
        claims: {},
      },
      { keys, random: systemRandom },
    );
    await expect(verifierFor('api').verify(token)).resolves.toMatchObject({ ok: true });
  });
});

it('keeps keys, secrets and its data folder over a restart', async () => {
  const before = await ask({});
  await running[Symbol.asyncDispose]();
  running = await start();
  await expect(
    verifierFor('api').verify(String(before.body['access_token'])),
  ).resolves.toMatchObject({
    ok: true,
  });
  expect((await ask({})).status).toBe(200);
});

it('closes within a second while a request is half sent', async () => {
  const socket = connect(Number(new URL(issuer).port), '127.0.0.1');
  const closed = new Promise((resolve) => {
    socket.once('close', resolve);
  });
  socket.on('error', () => {});
  socket.write(
    'POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\ngrant',
  );
  await ask({});
  const startMs = performance.now();
  await running[Symbol.asyncDispose]();
  await closed;
  expect(performance.now() - startMs).toBeLessThan(1000);
  running = await start();
});

it('writes no secret and no token to its log', () => {
  const all = lines.join('\n');
  expect(all).toContain('token issued');
  expect(all).toContain('invalid_scope');
  expect(all).not.toContain(keys.clientSecret('ledger'));
  expect(all).not.toContain('eyJ');
});

function statusWith(headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    httpRequest(`${issuer}/jwks`, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}
