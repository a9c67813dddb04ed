import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  describeWithDocker,
  describeWithOwnEngine,
  docker as engine,
  removeProject,
} from '../../testing/docker-engine.ts';
import { importNodeImage } from '../../testing/docker-node-image.ts';
import { ownEngine } from '../../testing/docker-own-engine.ts';
import { writeConfig, writeContext } from './docker-settings.fixture.ts';
import { type Endpoint, findEndpoint } from './endpoint.ts';
import { connectEngine, engineAnswers, engineFailure } from './engine.ts';
import { serveRaw, type TestServer } from './engine-server.fixture.ts';

const NAME = `endpoint-test-${process.pid}`;
const IMAGE = `${NAME}:1`;
const labels = { 'dev.fintech.project': NAME };

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'engine-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const find = (environment: Readonly<Record<string, string | undefined>>): Promise<Endpoint> =>
  findEndpoint({ environment, homeFolder: home });

/** The engine of this machine on a port of loopback. */
function forwarded({ options }: Endpoint): Promise<TestServer> {
  const { socketPath, host = '', port = 0 } = options;
  return serveRaw((near) => {
    const far = connect(socketPath === undefined ? { host, port } : { path: socketPath });
    far.on('error', () => near.destroy());
    near.pipe(far).pipe(near);
  });
}

describeWithDocker('a real engine', () => {
  it('is found by what this machine sets, and can be used', async () => {
    const endpoint = await find(process.env);
    expect(await engineAnswers(endpoint)).toBe(true);
    const docker = await connectEngine(endpoint);
    expect(await docker.info()).toMatchObject({ ID: (await engine.info()).ID });
  });

  it('is reached by TCP on loopback, and is local then', async () => {
    await using port = await forwarded(await find(process.env));
    const endpoint = await find({ DOCKER_HOST: `tcp://127.0.0.1:${port.port}` });
    expect(endpoint.remoteHost).toBeUndefined();
    const docker = await connectEngine(endpoint);
    expect(await docker.info()).toMatchObject({ ID: (await engine.info()).ID });
  });

  it('is reached by a context', async () => {
    await using port = await forwarded(await find(process.env));
    writeContext(home, 'forwarded', { Host: `tcp://127.0.0.1:${port.port}` });
    writeConfig(home, { currentContext: 'forwarded' });
    const endpoint = await find({ DOCKER_CONFIG: home });
    expect(endpoint.origin).toBe('context "forwarded"');
    const docker = await connectEngine(endpoint);
    expect(await docker.info()).toMatchObject({ ID: (await engine.info()).ID });
  });
});

describeWithDocker('what a real engine refuses', () => {
  let docker: Docker;
  beforeAll(async () => {
    docker = await connectEngine(await findEndpoint({ environment: process.env, homeFolder: '/' }));
    await importNodeImage(docker, IMAGE);
  });
  afterAll(() => docker.getImage(IMAGE).remove());
  afterEach(() => removeProject(NAME));

  const failureOf = (attempt: Promise<unknown>) =>
    attempt.then(
      () => expect.fail('it was done'),
      (error: unknown) => engineFailure(error, 'do this'),
    );
  const create = (name: string, HostConfig: Docker.HostConfig = {}) =>
    docker.createContainer({
      name: `${NAME}-${name}`,
      Image: IMAGE,
      Cmd: ['/bin/node', '--version'],
      ExposedPorts: { '80/tcp': {} },
      Labels: labels,
      HostConfig,
    });

  it('is a port that another program holds, by its number', async () => {
    await using held = await serveRaw(() => {});
    const network = await docker.createNetwork({ Name: NAME, Labels: labels });
    const container = await create('port', {
      NetworkMode: network.id,
      PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: String(held.port) }] },
    });
    expect(await failureOf(container.start())).toMatchObject({
      code: 'SANDBOX_PORT_HELD',
      message: `Docker could not do this: port ${held.port} is taken`,
    });
  });

  it('is a name that another container has', async () => {
    await create('name');
    expect(await failureOf(create('name'))).toMatchObject({
      message: expect.stringContaining(
        `: the name is taken (Conflict. The container name "/${NAME}`,
      ),
    });
  });

  it('is a name that another network has', async () => {
    const network = { Name: NAME, Labels: labels, CheckDuplicate: true };
    await docker.createNetwork(network);
    expect(await failureOf(docker.createNetwork(network))).toMatchObject({
      message: `Docker could not do this: the name is taken (network with name ${NAME} already exists)`,
    });
  });

  it('is a folder that the engine does not see', async () => {
    const Mounts: Docker.MountConfig = [
      { Type: 'bind', Source: join(home, 'none'), Target: '/x', ReadOnly: true },
    ];
    expect(await failureOf(create('mount', { Mounts }))).toMatchObject({
      message: expect.stringContaining('the engine does not see the files of this machine'),
    });
  });

  it('is an image that is not there, in its own words', async () => {
    const attempt = docker.createContainer({ Image: `${NAME}:none`, Labels: labels });
    expect(await failureOf(attempt)).toMatchObject({
      code: 'SANDBOX_UNIT_FAILED',
      message: `Docker could not do this: No such image: ${NAME}:none`,
    });
  });
});

describeWithOwnEngine('a real engine that goes away', () => {
  it('is absent while it is stopped or killed, and answers again once it is back', async () => {
    await using own = await ownEngine();
    const endpoint = await find({ DOCKER_HOST: own.address });
    const docker = await connectEngine(endpoint);
    const events = await docker.getEvents();
    const ended = new Promise((resolve) => events.once('close', resolve).resume());
    await own.kill();
    await ended;
    expect(await engineAnswers(endpoint)).toBe(false);
    await expect(connectEngine(endpoint)).rejects.toMatchObject({
      message: `Docker at ${own.address} (DOCKER_HOST) cannot be reached: nothing listens there`,
    });
    expect(
      await docker.info().catch((error: unknown) => engineFailure(error, 'look')),
    ).toMatchObject({
      code: 'SANDBOX_DRIVER_ABSENT',
      message: expect.stringMatching(/^Docker could not look: the connection to it was lost/),
    });
    await own.start();
    expect(await engineAnswers(endpoint)).toBe(true);
    await own.stop();
    await expect(connectEngine(endpoint)).rejects.toMatchObject({
      message: `Docker at ${own.address} (DOCKER_HOST) cannot be reached: there is no such socket`,
    });
  });
});
