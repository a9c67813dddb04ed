import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningComponent } from '../../kernel/component.ts';
import { silentLog } from '../../kernel/log.ts';
import { systemRandom } from '../../kernel/random.ts';
import { systemClock } from '../../kernel/time.ts';
import { COMPONENTS, type ComponentName } from '../../model/names.ts';
import { serveComponent } from './serve-component.ts';

const DEPS = { clock: systemClock, random: systemRandom, log: silentLog };

let folder: string;
let registry: RunningComponent;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fintech-component-'));
  registry = await serveComponent('registry', environmentOf('registry', ''), DEPS);
});
afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** What a container would be given, on a port that the system chooses. */
function environmentOf(name: ComponentName, registryUrl: string): Record<string, string> {
  return {
    HOST: '0.0.0.0',
    PORT: '0',
    PUBLISHED_PORT: '1',
    ADVERTISE_HOST: name,
    ADVERTISE_PORT: '1',
    DATA_DIR: join(folder, name),
    KEYS_DIR: join(folder, 'keys'),
    CONSUL_HTTP_ADDR: registryUrl,
    FINTECH_ISSUER: 'http://127.0.0.1:1',
    FINTECH_JWKS_URL: 'http://127.0.0.1:1/jwks',
    FINTECH_CLIENTS: '[]',
    FINTECH_PERSONAS: '[]',
    FINTECH_SCOPES: '{"api":[],"events":[],"admin":[]}',
    FINTECH_ENGINE: 'memory',
    FINTECH_ROUTES: '[]',
    FINTECH_SCOPE_CLAIM: 'scope',
    FINTECH_DPOP_NONCE: 'off',
  };
}

async function statusAs(url: string, host: string): Promise<number | undefined> {
  const { port } = new URL(url);
  const asking = httpRequest({ port, path: '/health/live', headers: { host } }).end();
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

describe.each(COMPONENTS)('%s', (name) => {
  const own = `${name}:9080`;

  it('answers to the names it is told besides loopback, and to no other', async () => {
    const environment = {
      ...environmentOf(name, registry.url),
      DATA_DIR: join(folder, `${name}-named`),
      ALLOWED_HOSTS: `other,${name.toUpperCase()}`,
    };
    await using component = await serveComponent(name, environment, DEPS);
    expect(await statusAs(component.url, own)).toBe(200);
    expect(await statusAs(component.url, '127.0.0.1:1')).toBe(200);
    expect(await statusAs(component.url, 'evil.example')).toBe(421);
    expect(await statusAs(component.url, `${name}.evil.example`)).toBe(421);
  });

  it('answers to loopback alone when it is told none', async () => {
    const environment = {
      ...environmentOf(name, registry.url),
      DATA_DIR: join(folder, `${name}-unnamed`),
    };
    await using component = await serveComponent(name, environment, DEPS);
    expect(await statusAs(component.url, 'localhost')).toBe(200);
    expect(await statusAs(component.url, own)).toBe(421);
  });

  it('does not start with a name that cannot be one', async () => {
    const environment = { ...environmentOf(name, registry.url), ALLOWED_HOSTS: own };
    await expect(serveComponent(name, environment, DEPS)).rejects.toMatchObject({
      code: 'USAGE_INVALID',
    });
  });
});

it('a component that its registry does not take lets its port go', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  const environment = { ...environmentOf('events', `${registry.url}/nowhere`), PORT: String(port) };
  await expect(serveComponent('events', environment, DEPS)).rejects.toMatchObject({
    code: 'SANDBOX_UNIT_FAILED',
  });
  await once(server.listen(port, '127.0.0.1'), 'listening');
  server.close();
});
