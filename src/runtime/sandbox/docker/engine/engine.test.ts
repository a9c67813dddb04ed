import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
// Loaded ahead: one test gives up its rights before it connects.
import 'dockerode';
import { FintechError } from '../../../../kernel/errors.ts';
import { writeContext } from './docker-settings.fixture.ts';
import { type Endpoint, findEndpoint } from './endpoint.ts';
import { connectEngine, engineAnswers } from './engine.ts';
import { serveEngine, serveRaw, VERSION } from './engine-server.fixture.ts';

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'engine-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const find = (environment: Record<string, string>): Promise<Endpoint> =>
  findEndpoint({ environment: { DOCKER_CONFIG: home, ...environment }, homeFolder: home });
const at = (address: string): Promise<Endpoint> => find({ DOCKER_HOST: address });

const absent = (address: string, why: string, hint: unknown = expect.any(String)) => ({
  code: 'SANDBOX_DRIVER_ABSENT',
  exitCode: 5,
  message: `Docker at ${address} (DOCKER_HOST) ${why}`,
  hint,
});

describe('an engine that can be used', () => {
  it('is reached by a Unix socket and spoken to in API 1.41', async () => {
    const path = join(home, 'docker.sock');
    await using server = await serveEngine(VERSION, { path });
    const endpoint = await at(`unix://${path}`);
    expect(await engineAnswers(endpoint)).toBe(true);
    await (await connectEngine(endpoint)).info();
    expect(server.asked).toEqual(['/version', '/version', '/v1.41/info']);
  });

  it.each(['127.0.0.1', '::1'])('is reached by TCP on %s', async (host) => {
    await using server = await serveEngine(VERSION, { host });
    const address = `tcp://${host.includes(':') ? `[${host}]` : host}:${server.port}`;
    await (await connectEngine(await at(address))).info();
    expect(server.asked).toEqual(['/version', '/v1.41/info']);
  });

  it('is spoken to in the oldest API it knows when that is newer', async () => {
    await using server = await serveEngine({
      ...VERSION,
      ApiVersion: '1.52',
      MinAPIVersion: '1.44',
    });
    await (await connectEngine(await at(`tcp://127.0.0.1:${server.port}`))).info();
    expect(server.asked.at(-1)).toBe('/v1.44/info');
  });
});

describe('an engine that cannot be used', () => {
  it.each([
    ['1.40', 'is too old: version 20.10.24 speaks API 1.40, and 1.41 is needed'],
    ['1.5', 'is too old: version 20.10.24 speaks API 1.5, and 1.41 is needed'],
    ['0.99', 'is too old: version 20.10.24 speaks API 0.99, and 1.41 is needed'],
  ])('is too old by API %s', async (ApiVersion, why) => {
    await using server = await serveEngine({ ...VERSION, ApiVersion });
    const address = `tcp://127.0.0.1:${server.port}`;
    await expect(connectEngine(await at(address))).rejects.toMatchObject(
      absent(
        address,
        why,
        'Update it to Docker 20.10 or later, unset DOCKER_HOST, or run without Docker: --driver embedded.',
      ),
    );
    expect(await engineAnswers(await at(address))).toBe(false);
  });

  it('runs Windows containers', async () => {
    await using server = await serveEngine({ ...VERSION, Os: 'windows' });
    const address = `tcp://127.0.0.1:${server.port}`;
    await expect(connectEngine(await at(address))).rejects.toMatchObject(
      absent(address, 'runs Windows containers', expect.stringMatching(/^Switch Docker to Linux/)),
    );
  });

  it.each([
    ['a page', '<html>hello</html>', 'its answer is not that of a Docker engine'],
    ['other JSON', '{"Version":"1"}', 'its answer is not that of a Docker engine'],
    ['an odd API', '{"Version":"1","ApiVersion":"x","Os":"linux"}', 'its answer is not that of'],
    ['1 MiB and more', ' '.repeat(1024 * 1024 + 1), 'its answer does not end'],
  ])('answers %s', async (_, body, why) => {
    const head = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`;
    await using server = await serveRaw((socket) => socket.write(head + body));
    const address = `tcp://127.0.0.1:${server.port}`;
    await expect(connectEngine(await at(address))).rejects.toMatchObject({
      ...absent(address, ''),
      message: expect.stringContaining(`cannot be reached: ${why}`),
    });
  });

  it.each([
    ['404 Not Found', '<html>nothing</html>', 'it answers 404 Not Found'],
    ['403 Forbidden', '{"message":"by policy"}', 'it answers 403 Forbidden: by policy'],
    ['503 Unavailable', 'paused\u{7}', 'it answers 503 Unavailable: paused\\u{7}'],
    ['400 Bad Request', 'Client sent an HTTP request to an HTTPS server.\n', 'it wants TLS'],
  ])('answers %s', async (status, body, why) => {
    const head = `HTTP/1.1 ${status}\r\nContent-Length: ${body.length}\r\n\r\n`;
    await using server = await serveRaw((socket) => socket.write(head + body));
    const address = `tcp://127.0.0.1:${server.port}`;
    await expect(connectEngine(await at(address))).rejects.toMatchObject(
      absent(address, `cannot be reached: ${why}`),
    );
  });

  it.each([
    ['speaks no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n', 'what listens there speaks no HTTP'],
    ['hangs up', '', 'the connection was cut'],
  ])('%s', async (_, greeting, why) => {
    await using server = await serveRaw((socket) => socket.end(greeting));
    const address = `tcp://127.0.0.1:${server.port}`;
    await expect(connectEngine(await at(address))).rejects.toMatchObject(
      absent(address, `cannot be reached: ${why}`),
    );
  });

  it('is silent', async () => {
    await using server = await serveRaw(() => {});
    const address = `tcp://127.0.0.1:${server.port}`;
    await expect(connectEngine(await at(address), { timeoutMs: 100 })).rejects.toMatchObject(
      absent(address, 'does not answer within 0.1 s', expect.stringMatching(/^Start Docker anew/)),
    );
    const startMs = performance.now();
    expect(await engineAnswers(await at(address))).toBe(false);
    expect(performance.now() - startMs).toBeLessThan(1500);
  });

  it('is silent after half an answer', async () => {
    await using server = await serveRaw((socket) => socket.write('HTTP/1.1 200 OK\r\n\r\n{'));
    const address = `tcp://127.0.0.1:${server.port}`;
    await expect(connectEngine(await at(address), { timeoutMs: 100 })).rejects.toMatchObject(
      absent(address, 'does not answer within 0.1 s'),
    );
  });

  it('is given up on when interrupted', async () => {
    const interrupt = new AbortController();
    await using server = await serveRaw(() =>
      interrupt.abort(new FintechError('INTERRUPTED', 'x')),
    );
    const endpoint = await at(`tcp://127.0.0.1:${server.port}`);
    await expect(connectEngine(endpoint, { signal: interrupt.signal })).rejects.toMatchObject({
      code: 'INTERRUPTED',
    });
  });
});

describe('a socket', () => {
  it('that is not there is said to be, with what named it and the way out', async () => {
    writeContext(home, 'colima', { Host: `unix://${home}/none.sock` });
    await expect(connectEngine(await find({ DOCKER_CONTEXT: 'colima' }))).rejects.toMatchObject({
      message: `Docker at unix://${home}/none.sock (context "colima") cannot be reached: there is no such socket`,
      hint: 'Start Docker, choose another by `docker context use`, or run without Docker: --driver embedded.',
    });
  });

  it('that nobody serves any more is not mistaken for an engine', async () => {
    const path = join(home, 'stale.sock');
    writeFileSync(path, '');
    await expect(connectEngine(await at(`unix://${path}`))).rejects.toMatchObject(
      absent(`unix://${path}`, 'cannot be reached: nothing listens there'),
    );
  });

  it('may have a path too long for the system', async () => {
    const address = `unix://${home}/${'x'.repeat(200)}`;
    await expect(connectEngine(await at(address))).rejects.toMatchObject(
      absent(address, 'cannot be reached: its path is too long for a socket'),
    );
  });

  it.skipIf(process.platform === 'win32')('that others own asks for the group docker', async () => {
    const path = join(home, 'docker.sock');
    await using server = await serveEngine(VERSION, { path });
    chmodSync(home, 0o755);
    chmodSync(path, 0);
    const endpoint = await at(`unix://${path}`);
    await asNobody(() =>
      expect(connectEngine(endpoint)).rejects.toMatchObject(
        absent(
          `unix://${path}`,
          'cannot be reached: this user may not open the socket',
          expect.stringMatching(/^Add yourself to the group docker .*, use sudo, /),
        ),
      ),
    );
    expect(server.asked).toEqual([]);
  });
});

/** Root may open everything, so it does this as somebody else. */
async function asNobody(task: () => Promise<void>): Promise<void> {
  if (process.geteuid?.() !== 0) return task();
  process.seteuid?.(65_534);
  try {
    await task();
  } finally {
    process.seteuid?.(0);
  }
}
