import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeCertificates, writeContext } from './docker-settings.fixture.ts';
import { type Endpoint, findEndpoint } from './endpoint.ts';
import { connectEngine } from './engine.ts';
import { serveEngine, VERSION } from './engine-server.fixture.ts';

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'engine-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const find = (environment: Record<string, string>): Promise<Endpoint> =>
  findEndpoint({ environment: { DOCKER_CONFIG: home, ...environment }, homeFolder: home });
const absent = (address: string, why: string) => ({
  code: 'SANDBOX_DRIVER_ABSENT',
  exitCode: 5,
  message: `Docker at ${address} (DOCKER_HOST) ${why}`,
});

describe('TLS', () => {
  const serveTls = async (folder: string, host = '127.0.0.1') => {
    await makeCertificates(folder, host);
    const [ca, cert, key] = await Promise.all(
      ['ca.pem', 'cert.pem', 'key.pem'].map((name) => readFile(join(folder, name))),
    );
    const tls = { ca, cert, key, requestCert: true, rejectUnauthorized: true };
    return serveEngine(VERSION, {}, { tls });
  };
  const verified = (port: number, folder: string) =>
    find({
      DOCKER_HOST: `tcp://127.0.0.1:${port}`,
      DOCKER_TLS_VERIFY: '1',
      DOCKER_CERT_PATH: folder,
    });

  it('protects all requests where the certificates fit', async () => {
    await using server = await serveTls(home);
    await (await connectEngine(await verified(server.port, home))).info();
    expect(server.asked).toEqual(['/version', '/v1.41/info']);
  });

  it('is taken from a context', async () => {
    await using server = await serveTls(home);
    const tls = writeContext(home, 'far', { Host: `tcp://127.0.0.1:${server.port}` });
    for (const name of ['ca.pem', 'cert.pem', 'key.pem']) {
      writeFileSync(join(tls, name), await readFile(join(home, name)));
    }
    await (await connectEngine(await find({ DOCKER_CONTEXT: 'far' }))).info();
    expect(server.asked).toEqual(['/version', '/v1.41/info']);
  });

  it('goes unchecked only where a context says so', async () => {
    await makeCertificates(home, 'elsewhere.example');
    const [cert, key] = await Promise.all(
      ['cert.pem', 'key.pem'].map((name) => readFile(join(home, name))),
    );
    await using server = await serveEngine(VERSION, {}, { tls: { cert, key } });
    const docker = { Host: `tcp://127.0.0.1:${server.port}`, SkipTLSVerify: true };
    writeContext(home, 'lax', docker);
    await (await connectEngine(await find({ DOCKER_CONTEXT: 'lax' }))).info();
    expect(server.asked).toEqual(['/version', '/v1.41/info']);
  });

  it.each([
    ['another authority', 'its certificate is not trusted', 'ca'],
    ['another host', 'its certificate is for another host', 'host'],
    ['none of ours', 'it wants a certificate of ours', 'client'],
  ])('fails by name with %s', async (_, why, mistake) => {
    const ours = join(home, 'ours');
    await using server = await serveTls(home, mistake === 'host' ? 'elsewhere.example' : undefined);
    mkdirSync(ours);
    if (mistake === 'ca') await makeCertificates(ours);
    else writeFileSync(join(ours, 'ca.pem'), await readFile(join(home, 'ca.pem')));
    const address = `tcp://127.0.0.1:${server.port}`;
    await expect(connectEngine(await verified(server.port, ours))).rejects.toMatchObject(
      absent(address, `cannot be reached: ${why}`),
    );
    expect(server.asked).toEqual([]);
  });

  it('is not found on a plain port', async () => {
    await makeCertificates(home);
    await using server = await serveEngine(VERSION);
    const address = `tcp://127.0.0.1:${server.port}`;
    await expect(connectEngine(await verified(server.port, home))).rejects.toMatchObject(
      absent(address, 'cannot be reached: it speaks no TLS'),
    );
  });
});
