import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithDocker, docker } from '../../testing/docker-engine.ts';
import { ensureImage } from './image.ts';
import { ImageFixture, recordingReporter } from './image.fixture.ts';

const SERVER = 'docker-registry';
const installed = (process.env['PATH'] ?? '')
  .split(delimiter)
  .some((folder) => existsSync(join(folder, SERVER)));
const missing = installed ? '' : ` [${SERVER} is not installed]`;

/** `ann` with the password `s3cret`, as `htpasswd -B` writes it. */
const ACCOUNTS = 'ann:$2y$05$ny0t0/bWH1sJ1iW5HT2wMOpcCVui1QFdvQPJjO1tjgCq/wrcGkbuG\n';

/** A real registry on loopback, which the engine trusts without TLS. */
interface RegistryServer {
  address: string;
  process: ChildProcess;
}

async function startRegistry(folder: string, accounts?: string): Promise<RegistryServer> {
  const file = join(folder, accounts === undefined ? 'open.json' : 'closed.json');
  const auth = accounts === undefined ? {} : { auth: { htpasswd: { realm: 'r', path: accounts } } };
  writeFileSync(
    file,
    JSON.stringify({
      version: '0.1',
      storage: { filesystem: { rootdirectory: join(folder, 'storage') } },
      http: { addr: '127.0.0.1:0', secret: 'x' },
      ...auth,
    }),
  );
  const server = spawn(SERVER, ['serve', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  for await (const line of createInterface(server.stderr)) {
    const address = /listening on (127\.0\.0\.1:\d+)/.exec(line)?.[1];
    if (address === undefined) continue;
    server.stderr.resume();
    return { address, process: server };
  }
  throw new Error(`${SERVER} ended with ${server.exitCode}`);
}

describeWithDocker('a base image', () => {
  let fixture: ImageFixture;
  beforeAll(() => {
    fixture = new ImageFixture(docker);
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  const failureOf = async (baseImage: string) => {
    const { reporter } = recordingReporter();
    return ensureImage(docker, fixture.request({ baseImage, reporter }));
  };

  it('is named with the reason and the way on where nothing listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    await expect(failureOf(`127.0.0.1:${port}/node:24`)).rejects.toMatchObject({
      code: 'SANDBOX_IMAGE_UNAVAILABLE',
      message: expect.stringMatching(
        /^127\.0\.0\.1:\d+\/node:24 cannot be pulled: nothing listens at the registry/,
      ),
      hint: expect.stringMatching(/Without it: /),
    });
  });

  it('is no longer pulled after an interruption', async () => {
    // Accepts and never answers.
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const interrupt = new AbortController();
    server.once('connection', () => interrupt.abort(new Error('interrupted')));
    const request = fixture.request({
      baseImage: `127.0.0.1:${port}/node:24`,
      signal: interrupt.signal,
    });
    const connections = new Set<Socket>();
    server.on('connection', (socket) => connections.add(socket));
    await expect(ensureImage(docker, request)).rejects.toThrow('interrupted');
    for (const socket of connections) socket.destroy();
    server.close();
  });

  describe.skipIf(!installed)(`from a registry${missing}`, () => {
    let folder: string;
    let open: RegistryServer;
    let closed: RegistryServer;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'fintech-registry-'));
      const accounts = join(folder, 'accounts');
      writeFileSync(accounts, ACCOUNTS);
      [open, closed] = await Promise.all([startRegistry(folder), startRegistry(folder, accounts)]);
      await publishBase(open.address);
    });
    afterAll(async () => {
      for (const { process } of [open, closed]) {
        process.kill();
        if (process.exitCode === null) await once(process, 'exit');
      }
      rmSync(folder, { recursive: true, force: true });
    });

    /** Puts an image with Node into the registry, and out of the engine. */
    async function publishBase(address: string): Promise<void> {
      const repo = `${address}/bank/base`;
      const made = await ensureImage(docker, fixture.request());
      await docker.getImage(made).tag({ repo, tag: '1' });
      const answer = await docker.getImage(`${repo}:1`).push({ authconfig: {} });
      await new Promise((resolve) => docker.modem.followProgress(answer, resolve));
      await docker.getImage(`${repo}:1`).remove();
      await docker.getImage(made).remove();
    }

    /** Makes the image on a base that has to be pulled, and forgets both again. */
    async function make(
      address: string,
      environment: Record<string, string | undefined> = {},
    ): Promise<string[]> {
      const baseImage = `${address}/bank/base:1`;
      const { lines, reporter } = recordingReporter();
      const request = fixture.request({ baseImage, reporter });
      const all = { ...request.environment, ...environment };
      fixture.note(await ensureImage(docker, { ...request, environment: all }));
      fixture.note(baseImage);
      await fixture.removeImages();
      return lines;
    }

    it('is pulled, which shows', async () => {
      const lines = await make(open.address);
      expect(lines[0]).toBe(`pulling ${open.address}/bank/base:1`);
      expect(lines).toContainEqual(expect.stringMatching(/^image: pulling \S+: [\d.]+ of \d+ MB$/));
      expect(lines.at(-1)).toBe(`image ok: made of ${open.address}/bank/base:1`);
    });

    it("is pulled with the name and password of Docker's own configuration", async () => {
      const auth = Buffer.from('ann:s3cret').toString('base64');
      const config = { auths: { [closed.address]: { auth } } };
      writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
      const lines = await make(closed.address, { DOCKER_CONFIG: folder });
      expect(lines.at(-1)).toMatch(/^image ok/);
    });

    it('is pulled with what a credential helper says', async () => {
      const helper = join(folder, 'docker-credential-live');
      writeFileSync(helper, `#!/bin/sh\necho '{"Username":"ann","Secret":"s3cret"}'\n`);
      chmodSync(helper, 0o755);
      const config = { credHelpers: { [closed.address]: 'live' } };
      writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
      const lines = await make(closed.address, {
        DOCKER_CONFIG: folder,
        PATH: `${folder}${delimiter}${process.env['PATH']}`,
      });
      expect(lines.at(-1)).toMatch(/^image ok/);
    });

    it('is asked to log in for, with wrong credentials and without', async () => {
      const auth = Buffer.from('ann:wrong').toString('base64');
      const config = { auths: { [closed.address]: { auth } } };
      writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
      for (const DOCKER_CONFIG of [folder, join(folder, 'none')]) {
        const failure = await make(closed.address, { DOCKER_CONFIG }).catch((error) => error);
        expect(failure).toMatchObject({
          code: 'SANDBOX_IMAGE_UNAVAILABLE',
          message: expect.stringContaining('does not accept the credentials, or wants some'),
          hint: expect.stringContaining(`docker login ${closed.address}`),
        });
        expect(JSON.stringify(failure.details) + failure.message).not.toContain('wrong');
      }
    });

    it('is said to be missing where the registry has none of that name', async () => {
      await expect(failureOf(`${open.address}/bank/base:2`)).rejects.toMatchObject({
        code: 'SANDBOX_IMAGE_UNAVAILABLE',
        message: expect.stringContaining('the registry has no such image'),
      });
    });
  });
});
