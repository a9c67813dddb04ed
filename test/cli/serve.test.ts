import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { temporaryFolder } from './program.ts';
import { freePorts, type Part, startPart } from './serve-part.ts';

const WAIT = { timeout: 15_000, interval: 20 };
/** What `docker stop` of a component may take, the end of its process included. */
const STOP_MS = 2000;
const SECRET = 'a-secret-of-the-teller';

let folder: ReturnType<typeof temporaryFolder>;
let ports: { registry: number; identity: number; events: number; gateway: number };
const parts = new Map<string, Part>();
let echo: Server;

beforeAll(async () => {
  folder = temporaryFolder();
  const [registry = 0, identity = 0, events = 0, gateway = 0] = await freePorts(4);
  ports = { registry, identity, events, gateway };
  echo = createServer((_incoming, response) => response.end('echo')).listen(0, '127.0.0.1');
  await once(echo, 'listening');
});
afterAll(async () => {
  await Promise.all([...parts.values()].map((part) => part.kill()));
  echo.close();
  folder[Symbol.dispose]();
});

type Name = keyof typeof ports;

/** What its container gives a component, but for host names that only a container network has. */
function environmentOf(name: Name): Record<string, string> {
  const issuer = `http://127.0.0.1:${ports.identity}`;
  return {
    HOST: '0.0.0.0',
    PORT: String(ports[name]),
    PUBLISHED_PORT: String(ports[name]),
    ALLOWED_HOSTS: `${name},host.docker.internal`,
    ADVERTISE_HOST: '127.0.0.1',
    ADVERTISE_PORT: String(ports[name]),
    DATA_DIR: join(folder.path, name),
    KEYS_DIR: join(folder.path, 'keys'),
    CONSUL_HTTP_ADDR: `http://127.0.0.1:${ports.registry}`,
    FINTECH_ISSUER: issuer,
    FINTECH_JWKS_URL: `${issuer}/jwks`,
    FINTECH_PERSONAS: '[]',
    FINTECH_CLIENTS: JSON.stringify([
      { clientId: 'teller', secret: SECRET, scopes: ['echo:read', 'events:append'] },
    ]),
    FINTECH_SCOPES: JSON.stringify({ api: ['echo:read'], events: ['events:append'], admin: [] }),
    FINTECH_ENGINE: 'sqlite',
    FINTECH_ROUTES: JSON.stringify([{ path: '/echo', service: 'echo', scopes: ['echo:read'] }]),
    FINTECH_SCOPE_CLAIM: 'scope',
    FINTECH_DPOP_NONCE: 'off',
  };
}

function start(name: Name): Part {
  const part = startPart(['serve', name], { cwd: folder.path, env: environmentOf(name) });
  parts.set(name, part);
  return part;
}

const urlOf = (name: Name) => `http://127.0.0.1:${ports[name]}`;

async function statusOf(name: Name, path = '/health/ready'): Promise<number> {
  try {
    const { statusCode, body } = await request(urlOf(name) + path, { reset: true });
    await body.dump();
    return statusCode;
  } catch {
    return 0;
  }
}

const untilStatus = (name: Name, status: number, path?: string) =>
  vi.waitFor(async () => expect(await statusOf(name, path)).toBe(status), WAIT);

/** Services the registry finds healthy. */
async function registered(): Promise<string[]> {
  const answer = await fetch(`${urlOf('registry')}/v1/health/state/passing`);
  const checks = (await answer.json()) as { ServiceName: string }[];
  return checks.map(({ ServiceName }) => ServiceName).filter((name) => name !== '');
}

async function registerEcho(): Promise<void> {
  const { port: Port } = echo.address() as AddressInfo;
  const answer = await fetch(`${urlOf('registry')}/v1/agent/service/register`, {
    method: 'PUT',
    body: JSON.stringify({ Name: 'echo', Address: '127.0.0.1', Port }),
  });
  expect(answer.status).toBe(200);
}

/** Asked as a container asks, by the name of the component. */
async function tokenFor(audience: string): Promise<string> {
  const { body } = await request(`${urlOf('identity')}/token`, {
    method: 'POST',
    headers: {
      host: 'identity:9080',
      authorization: `Basic ${btoa(`teller:${SECRET}`)}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: `grant_type=client_credentials&resource=urn:fintech:${audience}`,
  });
  return ((await body.json()) as { access_token: string }).access_token;
}

async function echoed(): Promise<[number, string]> {
  const { statusCode, body } = await request(`${urlOf('gateway')}/echo`, {
    headers: { host: 'gateway:8080', authorization: `Bearer ${await tokenFor('api')}` },
    reset: true,
  });
  return [statusCode, await body.text()];
}

/** Events lacks the issuer's keys; identity has all it needs to give tokens. */
const READY_ALONE = { gateway: 503, events: 503, identity: 200 };

it('components that start before what they need are alive, not ready, and wait', async () => {
  for (const name of ['gateway', 'events', 'identity'] as const) {
    const part = start(name);
    await untilStatus(name, 200, '/health/live');
    await vi.waitFor(() => expect(part.messages()).toContain('waiting for the registry'), WAIT);
    expect([await statusOf('gateway'), await statusOf(name)]).toEqual([503, READY_ALONE[name]]);
  }
  await untilStatus('events', 200);
});

it('they are ready and registered once the registry comes, and serve', async () => {
  start('registry');
  for (const name of ['registry', 'gateway'] as const) await untilStatus(name, 200);
  await vi.waitFor(
    async () => expect(await registered()).toEqual(expect.arrayContaining(Object.keys(ports))),
    WAIT,
  );
  await registerEcho();
  await vi.waitFor(async () => expect(await echoed()).toEqual([200, 'echo']), WAIT);
  const appended = await request(`${urlOf('events')}/streams/s`, {
    method: 'POST',
    headers: {
      host: 'events:2113',
      authorization: `Bearer ${await tokenFor('events')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ specversion: '1.0', id: '1', source: '/teller', type: 'told' }),
  });
  expect(appended.statusCode).toBe(201);
  await appended.body.dump();
});

it.each([
  ['with its state', false],
  ['without', true],
])('they go on and are found again when the registry comes back %s', async (_how, empty) => {
  expect(await parts.get('registry')?.stop()).toMatchObject({ exitCode: 0 });
  expect(await echoed()).toEqual([200, 'echo']);
  if (empty) rmSync(join(folder.path, 'registry'), { recursive: true });
  start('registry');
  await vi.waitFor(
    async () => expect(await registered()).toEqual(expect.arrayContaining(Object.keys(ports))),
    WAIT,
  );
  if (empty) await registerEcho();
  await vi.waitFor(async () => expect(await echoed()).toEqual([200, 'echo']), WAIT);
});

it('every line of their logs is JSON that names its unit', () => {
  for (const [unit, part] of parts) {
    expect(part.lines().length).toBeGreaterThan(0);
    for (const line of part.lines()) {
      expect(JSON.parse(line)).toMatchObject({
        unit,
        time: expect.any(String),
        level: expect.any(String),
        message: expect.any(String),
      });
    }
  }
});

it(`all end by SIGTERM within ${STOP_MS} ms, with 0, whatever connections are open`, async () => {
  const pool = new Agent({ connections: 4, keepAliveTimeout: 60_000 });
  for (const name of Object.keys(ports) as Name[]) {
    const { body } = await request(`${urlOf(name)}/health/live`, { dispatcher: pool });
    await body.dump();
  }
  const held = request(`${urlOf('registry')}/v1/catalog/services?index=99999999&wait=60s`, {
    dispatcher: pool,
  });
  const ends = await Promise.all([...parts.values()].map((part) => part.stop()));
  expect((await held).statusCode).toBe(200);
  for (const { exitCode, tookMs, stderr } of ends) {
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(tookMs).toBeLessThan(STOP_MS);
  }
  await pool.destroy();
});

it('one that still waits for its registry ends at once by SIGTERM, with 0', async () => {
  for (const name of ['identity', 'gateway'] as const) {
    const part = start(name);
    await vi.waitFor(() => expect(part.messages()).toContain('waiting for the registry'), WAIT);
    const { exitCode, tookMs } = await part.stop();
    expect(exitCode).toBe(0);
    expect(tookMs).toBeLessThan(1000);
  }
});
