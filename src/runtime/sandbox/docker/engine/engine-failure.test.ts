import type Docker from 'dockerode';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FintechError } from '../../../../kernel/errors.ts';
import { findEndpoint } from './endpoint.ts';
import { connectEngine, engineFailure } from './engine.ts';
import { serveEngine, type TestServer, VERSION } from './engine-server.fixture.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'failure-'));
});
afterEach(() => rmSync(home, { recursive: true }));

type Answer = Parameters<typeof serveEngine>[2];

/** Starts a container at a server that answers so. @returns what that failure is turned into */
async function failureOf(
  answer: NonNullable<Answer>['others'],
  attempt: (docker: Docker, server: TestServer) => Promise<unknown> = (docker) =>
    docker.getContainer('x').start(),
): Promise<FintechError> {
  const path = join(home, 'docker.sock');
  await using server = await serveEngine(
    VERSION,
    { path },
    answer === undefined ? {} : { others: answer },
  );
  const settings = { environment: { DOCKER_HOST: `unix://${path}` }, homeFolder: home };
  const docker = await connectEngine(await findEndpoint(settings));
  return await attempt(docker, server).then(
    () => expect.fail('it was done'),
    (error: unknown) => engineFailure(error, 'start x'),
  );
}

const refusal = (status: number, message: string) =>
  failureOf((_, response) => response.writeHead(status).end(JSON.stringify({ message })));

it.each([
  'driver failed programming external connectivity on endpoint x (41): Bind for 127.0.0.1:8500 failed: port is already allocated',
  'driver failed programming external connectivity on endpoint x (41): Error starting userland proxy: listen tcp4 127.0.0.1:8500: bind: address already in use',
  'failed to set up container networking: driver failed programming external connectivity on endpoint x (41): failed to bind host port for 127.0.0.1:8500:172.18.0.2:8500/tcp: address already in use',
  'Ports are not available: exposing port TCP 127.0.0.1:8500 -> 127.0.0.1:0: listen tcp 127.0.0.1:8500: bind: address already in use',
  'Ports are not available: listen tcp [::1]:8500: bind: An attempt was made to access a socket in a way forbidden by its access permissions.',
  'cannot listen on the TCP port: listen tcp4 127.0.0.1:8500: bind: address already in use',
])('a port that is taken is named: %s', async (words) => {
  expect(await refusal(500, words)).toMatchObject({
    code: 'SANDBOX_PORT_HELD',
    message: 'Docker could not start x: port 8500 is taken',
    details: { port: 8500, status: 500, engine: words },
  });
});

it('a port that the engine does not name is taken all the same', async () => {
  expect(await refusal(500, 'bind: address already in use')).toMatchObject({
    code: 'SANDBOX_PORT_HELD',
    message: 'Docker could not start x: a port is taken',
  });
});

it.each([
  [
    500,
    'write /var/lib/docker/tmp/x: no space left on device',
    /x: the engine's disk is full$/,
    /make room/i,
  ],
  [
    404,
    'could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network',
    /x: it has no addresses left for another network$/,
    /docker network prune/,
  ],
  [
    400,
    'all predefined address pools have been fully subnetted',
    /x: it has no addresses left for another network$/,
    /docker network prune/,
  ],
  [
    400,
    'invalid mount config for type "bind": bind source path does not exist: /w',
    /x: the engine does not see the files of this machine \(.*: \/w\)$/,
    /--driver embedded/,
  ],
  [
    500,
    'Mounts denied: The path /w is not shared from the host',
    /x: the engine does not see the files of this machine/,
    /--driver embedded/,
  ],
  [
    409,
    'Conflict. The container name "/x" is already in use by container "41". You have to remove it.',
    /x: the name is taken \(Conflict\. .*\)$/,
    /docker rm/,
  ],
  [409, 'network with name x already exists', /x: the name is taken/, /docker network rm/],
  [
    500,
    'network name x already used: network already exists',
    /x: the name is taken/,
    /docker network rm/,
  ],
  [500, 'mkdir /data: permission denied', /x: it was not permitted \(mkdir .*\)$/, /SELinux/],
])('%i %s is explained', async (status, words, ...[message, hint]) => {
  expect(await refusal(status, words)).toMatchObject({
    code: 'SANDBOX_UNIT_FAILED',
    message: expect.stringMatching(message),
    hint: expect.stringMatching(hint),
    details: { doing: 'start x', status, engine: words },
  });
});

it('any other refusal keeps the words of the engine, on one line and fit for a terminal', async () => {
  expect(await refusal(500, 'OCI runtime:\n  no such \u{1b}[1mthing ')).toMatchObject({
    code: 'SANDBOX_UNIT_FAILED',
    message: 'Docker could not start x: OCI runtime: no such \\u{1b}[1mthing',
  });
});

it('a refusal without words keeps its status', async () => {
  const failure = await failureOf((_, response) => response.writeHead(500).end());
  expect(failure).toMatchObject({
    code: 'SANDBOX_UNIT_FAILED',
    message: expect.stringContaining('HTTP code 500'),
  });
});

it('an engine that goes away in the middle is absent', async () => {
  const failure = await failureOf((request) => request.socket.destroy());
  expect(failure).toMatchObject({
    code: 'SANDBOX_DRIVER_ABSENT',
    message: 'Docker could not start x: the connection to it was lost (ECONNRESET)',
  });
});

it('an engine that is gone is absent', async () => {
  const failure = await failureOf(undefined, async (docker, server) => {
    await server[Symbol.asyncDispose]();
    return docker.info();
  });
  expect(failure).toMatchObject({
    code: 'SANDBOX_DRIVER_ABSENT',
    message: expect.stringMatching(/^Docker could not start x: the connection to it was lost/),
  });
});

it('words about a connection inside a container are not ours', async () => {
  expect(await refusal(500, 'dial tcp 10.0.0.1:443: connect: connection refused')).toMatchObject({
    code: 'SANDBOX_UNIT_FAILED',
  });
});

it.each([
  ['what it was interrupted by', new FintechError('INTERRUPTED', 'stop'), 'stop'],
  ['an interruption', undefined, 'Docker could not start x: it was interrupted'],
])('an abort is %s', async (_, reason, message) => {
  const interrupt = new AbortController();
  const failure = await failureOf(
    () => interrupt.abort(reason),
    (docker) => docker.getContainer('x').start({ abortSignal: interrupt.signal }),
  );
  expect(failure).toMatchObject({ code: 'INTERRUPTED', message });
});

it('an error of ours stays as it is', () => {
  const error = new FintechError('SANDBOX_TIMEOUT', 'late');
  expect(engineFailure(error, 'start x')).toBe(error);
});
