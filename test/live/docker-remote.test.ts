import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SandboxStatus } from '../../src/app/sandbox-status.ts';
import { writeContext } from '../../src/runtime/sandbox/docker/engine/docker-settings.fixture.ts';
import {
  describeWithDocker,
  docker,
  leftovers,
} from '../../src/runtime/sandbox/testing/docker-engine.ts';
import { temporaryFolder, write } from '../cli/program.ts';
import { AUTO, DockerWorkspace } from './docker-workspace.ts';

const CONFIG = `
name: afar
services: { teller: { path: teller } }
identity: { personas: { auditor: { sub: usr_auditor, scopes: [projections:read] } } }
gateway: { routes: [{ path: /v1/teller, methods: [GET], service: teller, scopes: [projections:read] }] }
`;

/** An address of this machine that is not loopback, as another machine's would be. */
const here = Object.values(networkInterfaces())
  .flatMap((each = []) => each)
  .find(({ internal, family }) => !internal && family === 'IPv4');

/** The engine that live tests use, as one of another machine: by TCP, not on loopback. */
async function forwardEngine(host: string): Promise<{ address: string } & AsyncDisposable> {
  const { socketPath } = docker.modem as { socketPath?: string };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const engine = connect({ path: socketPath ?? '/var/run/docker.sock', allowHalfOpen: true });
    const end = () => [client, engine].forEach((socket) => socket.destroy());
    client.on('error', end).pipe(engine);
    engine.on('error', end).pipe(client);
  });
  await once(server.listen(0, host), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    address: `tcp://${host}:${port}`,
    [Symbol.asyncDispose]: async () => void (await once(server.close(), 'close')),
  };
}

describeWithDocker('an engine on another machine', () => {
  const host = here?.address ?? '';
  let engine: Awaited<ReturnType<typeof forwardEngine>>;
  let workspace: DockerWorkspace;
  let env: Record<string, string>;
  beforeAll(async () => {
    engine = await forwardEngine(host);
    env = { ...AUTO, DOCKER_HOST: engine.address };
    workspace = DockerWorkspace.of(CONFIG);
    write(join(workspace.root, 'teller/src/main.ts'), '');
  });
  afterAll(async () => {
    await workspace[Symbol.asyncDispose]();
    await engine[Symbol.asyncDispose]();
  });
  const run = (args: string) => workspace.run(args, env);

  it('runs no services, whose files it cannot see', async () => {
    const { error, exitCode } = await workspace.json('up --driver docker --detach', env);
    expect([exitCode, error?.code]).toEqual([5, 'SANDBOX_ENGINE_REMOTE']);
    expect(error?.hint).toContain('--no-services');
  });

  it('is not what auto takes for a workspace with services', async () => {
    const { data } = await workspace.json<SandboxStatus>('up --dry-run', env);
    expect(data.driver).toBe('embedded');
  });

  it('runs components, which are reached by its own address', async () => {
    const started = await run('up --driver docker --detach --no-services');
    expect(started).toMatchObject({ exitCode: 0 });
    expect(started.stderr).not.toContain('Warning');
    const { data } = await workspace.json<SandboxStatus>('status', env);
    expect(data.state).toBe('ready');
    expect(data.units.map(({ url }) => new URL(url).hostname)).toEqual([host, host, host, host]);

    const { data: addresses } = await workspace.json<Record<string, string>>('env', env);
    const { FINTECH_ISSUER: issuer = '', ...others } = addresses;
    expect(new URL(issuer).hostname).toBe('127.0.0.1');
    for (const name of ['CONSUL_HTTP_ADDR', 'FINTECH_GATEWAY_URL', 'FINTECH_TOKEN_URL']) {
      expect(new URL(others[name] ?? '').hostname).toBe(host);
    }
  });

  it('takes tokens of this machine, and events', async () => {
    const { data: addresses } = await workspace.json<Record<string, string>>('env', env);
    const minted = await run('token mint --persona auditor');
    const answer = await request(`${addresses['FINTECH_GATEWAY_URL']}/v1/teller`, {
      headers: { authorization: `Bearer ${minted.stdout.trim()}` },
    });
    await answer.body.dump();
    // The token is good; nobody tells.
    expect(answer.statusCode).toBe(503);
    expect(await run('events append s --type a.b --data 1')).toMatchObject({ exitCode: 0 });
    expect((await run('events read s')).stdout).toContain('"type":"a.b"');
  });

  it('is found by its context too, and left with nothing', async () => {
    using settings = temporaryFolder();
    writeContext(settings.path, 'far', { Host: engine.address });
    const context = { DOCKER_CONFIG: settings.path, DOCKER_CONTEXT: 'far', DOCKER_HOST: '' };
    const byContext = { ...AUTO, ...context };
    const { data } = await workspace.json<SandboxStatus>('status', byContext);
    expect(data.state).toBe('ready');
    const { project } = workspace;
    const ended = await workspace.run('down --volumes --yes', byContext);
    expect(ended).toMatchObject({ exitCode: 0, stdout: 'stopped, data deleted\n' });
    expect(await leftovers(project)).toEqual([]);
  });
});
