import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeCertificates, writeConfig, writeContext } from './docker-settings.fixture.ts';
import { type Endpoint, findEndpoint } from './endpoint.ts';

let home: string;
let folder: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'endpoint-'));
  folder = join(home, '.docker');
  mkdirSync(folder);
});
afterEach(() => rmSync(home, { recursive: true }));

const find = (environment: Record<string, string> = {}): Promise<Endpoint> =>
  findEndpoint({ environment, homeFolder: home });

const failure = (message: unknown) => ({ code: 'SANDBOX_DRIVER_ABSENT', exitCode: 5, message });

describe('what names the engine', () => {
  it.skipIf(process.platform === 'win32')('is the socket of the platform by default', async () => {
    expect(await find()).toMatchObject({
      address: 'unix:///var/run/docker.sock',
      origin: 'the default',
      remoteHost: undefined,
      options: { socketPath: '/var/run/docker.sock' },
    });
  });

  it('is the context of config.json before the default', async () => {
    writeContext(folder, 'colima', { Host: 'unix:///c.sock' });
    writeConfig(folder, { currentContext: 'colima' });
    expect(await find()).toMatchObject({ address: 'unix:///c.sock', origin: 'context "colima"' });
  });

  it('is DOCKER_CONTEXT before the context of config.json', async () => {
    writeContext(folder, 'a', { Host: 'unix:///a.sock' });
    writeContext(folder, 'b', { Host: 'unix:///b.sock' });
    writeConfig(folder, { currentContext: 'a' });
    expect(await find({ DOCKER_CONTEXT: 'b' })).toMatchObject({ origin: 'context "b"' });
  });

  it('is DOCKER_HOST before any context, even one that is not there', async () => {
    const found = await find({ DOCKER_HOST: 'unix:///h.sock', DOCKER_CONTEXT: 'gone' });
    expect(found).toMatchObject({ address: 'unix:///h.sock', origin: 'DOCKER_HOST' });
  });

  it('is the default again by the context of that name', async () => {
    writeConfig(folder, { currentContext: 'gone' });
    expect(await find({ DOCKER_CONTEXT: 'default' })).toMatchObject({ origin: 'the default' });
  });

  it('is looked for in the folder of DOCKER_CONFIG', async () => {
    const elsewhere = join(home, 'elsewhere');
    writeContext(elsewhere, 'x', { Host: 'unix:///x.sock' });
    writeConfig(elsewhere, { currentContext: 'x' });
    expect(await find({ DOCKER_CONFIG: elsewhere })).toMatchObject({ origin: 'context "x"' });
  });

  it('is never an empty variable', async () => {
    writeContext(folder, 'c', { Host: 'unix:///c.sock' });
    writeConfig(folder, { currentContext: 'c' });
    const empty = { DOCKER_HOST: '', DOCKER_CONTEXT: '', DOCKER_CONFIG: '', DOCKER_TLS_VERIFY: '' };
    expect(await find(empty)).toMatchObject({ origin: 'context "c"' });
  });
});

describe('an address', () => {
  it.each([
    ['unix:///run/podman/podman.sock', { socketPath: '/run/podman/podman.sock' }, undefined],
    ['unix://', { socketPath: '/var/run/docker.sock' }, undefined],
    ['npipe:////./pipe/other', { socketPath: '//./pipe/other' }, undefined],
    ['tcp://127.0.0.1:2375', { host: '127.0.0.1', port: 2375, protocol: 'http' }, undefined],
    ['tcp://127.8.9.1:1', { host: '127.8.9.1', port: 1 }, undefined],
    ['tcp://localhost', { host: 'localhost', port: 2375 }, undefined],
    ['tcp://[::1]:2375', { host: '[::1]', port: 2375 }, undefined],
    ['tcp://0.0.0.0:2375', { host: '0.0.0.0' }, undefined],
    ['127.0.0.1:4000', { host: '127.0.0.1', port: 4000 }, undefined],
    ['tcp://docker:2375', { host: 'docker', port: 2375 }, 'docker'],
    ['tcp://localhost.example:2375/', { host: 'localhost.example' }, 'localhost.example'],
    ['tcp://10.0.0.7:2375', { host: '10.0.0.7' }, '10.0.0.7'],
    ['tcp://[fe80::1]:2375', { host: '[fe80::1]' }, 'fe80::1'],
    ['ssh://me@build.example:2222', { socketPath: undefined, protocol: 'http' }, 'build.example'],
    ['ssh://core@127.0.0.1:50022/run/p.sock', { socketPath: undefined }, '127.0.0.1'],
  ])('%s is read as Docker reads it', async (text, options, remoteHost) => {
    const found = await find({ DOCKER_HOST: text });
    expect(found).toMatchObject({ options, remoteHost });
    expect(found.address).toBe(text.includes('://') ? text : `tcp://${text}`);
  });

  it.each([
    ['/var/run/docker.sock', /is a path: write unix:\/\/\/var\/run\/docker\.sock$/],
    ['http://127.0.0.1:2375', /is no address of Docker$/],
    ['tcp://', /is no address of Docker$/],
    ['tcp://127.0.0.1:65536', /is no address of Docker$/],
    ['tcp://a:b:c', /is no address of Docker$/],
    ['ssh://', /is no address of Docker$/],
    ['tcp://127.0.0.1:2375/prefix', /has more than a host and a port$/],
    ['tcp://me@127.0.0.1', /names a user, which tcp:\/\/ does not know$/],
    ['ssh://host/a;b', /has more than a user, a host, a port and a plain path$/],
    ['ssh://host/$(x)', /has more than a user, a host, a port and a plain path$/],
    ['tcp://\u{1b}[2J', /^DOCKER_HOST=tcp:\/\/\\u\{1b\}\[2J is no address of Docker$/],
  ])('%j in DOCKER_HOST is refused by name', async (text, message) => {
    await expect(find({ DOCKER_HOST: text })).rejects.toMatchObject(
      failure(expect.stringMatching(message)),
    );
  });

  it.each(['ssh://me:hunter2@host', 'tcp://me:hunter2@host:port'])(
    'with a password is refused and not shown: %s',
    async (text) => {
      const refusal = find({ DOCKER_HOST: text });
      await expect(refusal).rejects.toMatchObject(failure(expect.stringContaining('me:…@host')));
      await expect(refusal).rejects.not.toThrow(/hunter2/);
    },
  );

  it('of a context that is wrong names the context', async () => {
    writeContext(folder, 'odd', { Host: 'odd://x' });
    await expect(find({ DOCKER_CONTEXT: 'odd' })).rejects.toMatchObject(
      failure('the address of context "odd"=odd://x is no address of Docker'),
    );
  });
});

describe("Docker's own files", () => {
  it('may miss a context that is named', async () => {
    writeConfig(folder, { currentContext: 'gone' });
    await expect(find()).rejects.toMatchObject(
      failure(`Docker's context "gone", named by ${folder}/config.json, is not in ${folder}`),
    );
    await expect(find({ DOCKER_CONTEXT: 'lost' })).rejects.toMatchObject(
      failure(`Docker's context "lost", named by DOCKER_CONTEXT, is not in ${folder}`),
    );
  });

  it.each([
    ['{', /^\S+config\.json cannot be used: it is no JSON: /],
    ['{"currentContext":7}', /^\S+config\.json cannot be used: its currentContext is no text$/],
  ])('are refused by name when broken: %s', async (text, message) => {
    writeFileSync(join(folder, 'config.json'), text);
    await expect(find()).rejects.toMatchObject(failure(expect.stringMatching(message)));
  });

  it('need not hold a context', async () => {
    writeConfig(folder, { auths: {}, currentContext: '' });
    expect(await find()).toMatchObject({ origin: 'the default' });
  });

  it('are not asked where a variable names the engine', async () => {
    writeFileSync(join(folder, 'config.json'), '{');
    expect(await find({ DOCKER_HOST: 'unix:///x' })).toMatchObject({ origin: 'DOCKER_HOST' });
  });

  it('are read up to a size', async () => {
    const file = join(folder, 'config.json');
    writeFileSync(file, '{}'.padEnd(1024 * 1024));
    expect(await find()).toMatchObject({ origin: 'the default' });
    truncateSync(file, 1024 * 1024 + 1);
    await expect(find()).rejects.toMatchObject(
      failure(`${file} cannot be used: it has 1048577 bytes`),
    );
  });

  it.each([{}, { Host: '' }, { Host: 5 }])(
    'may hold a context without an engine: %j',
    async (docker) => {
      writeContext(folder, 'empty', docker);
      await expect(find({ DOCKER_CONTEXT: 'empty' })).rejects.toMatchObject(
        failure(expect.stringMatching(/the context "empty" names no Docker engine$/)),
      );
    },
  );
});

describe('TLS', () => {
  it('is asked for by DOCKER_TLS_VERIFY, with the files of DOCKER_CERT_PATH', async () => {
    const certificates = join(home, 'certificates');
    await makeCertificates(certificates);
    const variables = { DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: certificates };
    expect(await find({ DOCKER_HOST: 'tcp://10.0.0.7', ...variables })).toMatchObject({
      options: {
        protocol: 'https',
        port: 2376,
        ca: expect.stringContaining('BEGIN CERTIFICATE'),
        cert: expect.stringContaining('BEGIN CERTIFICATE'),
        key: expect.stringContaining('PRIVATE KEY'),
      },
    });
    expect(await find(variables)).toMatchObject({
      address: 'tcp://localhost:2376',
      origin: 'DOCKER_TLS_VERIFY',
    });
  });

  it('finds its files beside config.json without DOCKER_CERT_PATH', async () => {
    await expect(find({ DOCKER_TLS_VERIFY: '1' })).rejects.toMatchObject(
      failure(`TLS for Docker by DOCKER_TLS_VERIFY: ${folder}/ca.pem is missing`),
    );
  });

  it.each(['cert.pem', 'key.pem'])('needs both halves of a pair: %s', async (missing) => {
    const tls = writeContext(folder, 'half', { Host: 'tcp://10.0.0.7' });
    await makeCertificates(tls);
    rmSync(join(tls, missing));
    await expect(find({ DOCKER_CONTEXT: 'half' })).rejects.toMatchObject(
      failure(`TLS for Docker by context "half": ${join(tls, missing)} is missing`),
    );
  });

  it.each(['cert.pem', 'key.pem'])('names the folder of a broken file: %s', async (broken) => {
    const tls = writeContext(folder, 'broken', { Host: 'tcp://10.0.0.7' });
    await makeCertificates(tls);
    writeFileSync(join(tls, broken), 'nothing');
    await expect(find({ DOCKER_CONTEXT: 'broken' })).rejects.toMatchObject(
      failure(expect.stringContaining(`${tls} holds broken certificates: `)),
    );
  });

  it('is off for a context without files, and for a socket', async () => {
    writeContext(folder, 'plain', { Host: 'tcp://10.0.0.7' });
    expect(await find({ DOCKER_CONTEXT: 'plain' })).toMatchObject({
      options: { protocol: 'http', port: 2375 },
    });
    const socket = { DOCKER_HOST: 'unix:///x.sock', DOCKER_TLS_VERIFY: '1' };
    expect(await find(socket)).toMatchObject({ options: { protocol: 'http' } });
  });
});
