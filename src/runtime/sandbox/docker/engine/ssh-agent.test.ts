import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Endpoint, findEndpoint } from './endpoint.ts';
import { connectEngine, engineFailure } from './engine.ts';
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

describe.skipIf(process.platform === 'win32')('an engine behind SSH', () => {
  const program = (name: string, text: string) => {
    const file = join(home, name);
    writeFileSync(file, text);
    chmodSync(file, 0o755);
  };

  /** An `ssh` that writes down how it was called, then leads to the socket in this folder. */
  const relay = () => {
    const called = "[process.pid, ...process.argv.slice(2)].join(' ') + '\\n'";
    const text = `
      require('node:fs').appendFileSync('${home}/logins', ${called});
      const socket = require('node:net').connect('${home}/docker.sock');
      process.stdin.pipe(socket).pipe(process.stdout);`;
    program('ssh', `#!${process.execPath}\n${text}`);
  };
  const logins = async () => (await readFile(join(home, 'logins'), 'utf8')).trim().split('\n');

  it('is reached by the program ssh, each connection by a login', async () => {
    await using server = await serveEngine(VERSION, { path: join(home, 'docker.sock') });
    relay();
    const DOCKER_HOST = 'ssh://me@far.example:2222/run/docker.sock';
    const endpoint = await find({ DOCKER_HOST, PATH: home });
    expect(endpoint.remoteHost).toBe('far.example');
    await (await connectEngine(endpoint)).info();
    expect(server.asked).toEqual(['/version', '/v1.41/info']);
    const login =
      '-T -o BatchMode=yes -o ConnectTimeout=30 -l me -p 2222 -- far.example ' +
      'docker --host unix:///run/docker.sock system dial-stdio';
    const withoutPids = (await logins()).map((line) => line.replace(/^\d+ /, ''));
    expect(withoutPids).toEqual([login, login]);
  });

  it('may be left in the middle of an answer, and no ssh stays', async () => {
    const others: RequestListener = (_, response) => void response.write('first');
    const path = join(home, 'docker.sock');
    await using _server = await serveEngine(VERSION, { path }, { others });
    relay();
    const docker = await connectEngine(await find({ DOCKER_HOST: 'ssh://far', PATH: home }));
    const events = (await docker.getEvents()) as Readable;
    for await (const chunk of events) {
      expect(String(chunk)).toBe('first');
      break;
    }
    const pid = Number.parseInt((await logins()).at(-1) ?? '', 10);
    await expect.poll(() => isAlive(pid)).toBe(false);
  });

  it('that is lost in the middle is absent', async () => {
    await using server = await serveEngine(VERSION, { path: join(home, 'docker.sock') });
    relay();
    const docker = await connectEngine(await find({ DOCKER_HOST: 'ssh://far', PATH: home }));
    await server[Symbol.asyncDispose]();
    const failure = await docker.info().catch((error: unknown) => engineFailure(error, 'look'));
    expect(failure).toMatchObject({
      code: 'SANDBOX_DRIVER_ABSENT',
      message: expect.stringMatching(/^Docker could not look: the connection to it was lost \(ssh/),
    });
  });

  it('is absent for the reason that ssh gives', async () => {
    program('ssh', '#!/bin/sh\necho a banner >&2\necho "Permission denied." >&2\nexit 255\n');
    const endpoint = await find({ DOCKER_HOST: 'ssh://far.example', PATH: home });
    await expect(connectEngine(endpoint)).rejects.toMatchObject(
      absent('ssh://far.example', 'cannot be reached: ssh says: Permission denied.'),
    );
  });

  it('is absent where there is no ssh', async () => {
    const endpoint = await find({ DOCKER_HOST: 'ssh://far.example', PATH: home });
    await expect(connectEngine(endpoint)).rejects.toMatchObject(
      absent('ssh://far.example', 'cannot be reached: there is no program ssh'),
    );
  });

  it('leaves no ssh behind when it does not answer', async () => {
    program('ssh', `#!/bin/sh\necho $$ > ${home}/pid\nexec sleep 60\n`);
    const endpoint = await find({
      DOCKER_HOST: 'ssh://far.example',
      PATH: `${home}:/usr/bin:/bin`,
    });
    await expect(connectEngine(endpoint, { timeoutMs: 500 })).rejects.toMatchObject(
      absent('ssh://far.example', 'does not answer within 0.5 s'),
    );
    const pid = Number(await readFile(join(home, 'pid'), 'utf8'));
    await expect.poll(() => isAlive(pid)).toBe(false);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
