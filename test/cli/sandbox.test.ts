import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { execa } from 'execa';
import { request } from 'undici';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SandboxStatus } from '../../src/app/sandbox-status.ts';
import { SMALL_SERVICE } from '../../src/runtime/sandbox/testing/sandbox-fixture.ts';
import { cleanEnvironment, fintech, fintechJson, ROOT, temporaryFolder, write } from './program.ts';

let folder: ReturnType<typeof temporaryFolder>;
let cwd: string;
beforeEach(() => {
  folder = temporaryFolder();
  cwd = folder.path;
  write(join(cwd, 'fintech.yaml'), 'name: acme\nservices: { teller: { path: teller } }\n');
  write(join(cwd, 'teller/src/main.ts'), SMALL_SERVICE);
});
afterEach(async () => {
  await fintech(['down'], { cwd });
  folder[Symbol.dispose]();
});

const up = (args: string[] = []) => fintech(['up', '--detach', ...args], { cwd });
const status = () => fintechJson<SandboxStatus>(['status'], { cwd });

describe('up --detach', () => {
  it('starts all and returns; status, env, logs and exec see it; down ends it', async () => {
    const started = await up();
    expect(started).toMatchObject({ exitCode: 0 });
    expect(started.stderr).toContain('ok teller');
    const { data, exitCode } = await status();
    expect(exitCode).toBe(0);
    expect(data).toMatchObject({ driver: 'embedded', state: 'ready' });
    expect(data.units.map(({ name, kind, state }) => [name, kind, state])).toEqual([
      ['registry', 'component', 'ready'],
      ['identity', 'component', 'ready'],
      ['events', 'component', 'ready'],
      ['gateway', 'component', 'ready'],
      ['teller', 'service', 'ready'],
    ]);

    const { data: env } = await fintechJson<Record<string, string>>(['env'], { cwd });
    expect(Object.keys(env).sort()).toEqual([
      'CONSUL_HTTP_ADDR',
      'FINTECH_CLIENT_ID',
      'FINTECH_CLIENT_SECRET',
      'FINTECH_EVENTS_URL',
      'FINTECH_GATEWAY_URL',
      'FINTECH_ISSUER',
      'FINTECH_JWKS_URL',
      'FINTECH_TOKEN_URL',
    ]);
    expect((await request(env['FINTECH_JWKS_URL'] ?? '')).statusCode).toBe(200);

    const own = await fintechJson<Record<string, string>>(['env', '--service', 'teller'], { cwd });
    expect(own.data).toMatchObject({ FINTECH_CLIENT_ID: 'teller', FINTECH_INSTANCE: 'teller-1' });
    expect((await fintech(['env'], { cwd })).stdout).toContain(
      `FINTECH_ISSUER=${env['FINTECH_ISSUER']}\n`,
    );

    const child = await fintech(['exec', '--', 'sh', '-c', 'echo "$FINTECH_ISSUER"; exit 7'], {
      cwd,
    });
    expect(child).toMatchObject({ exitCode: 7, stdout: `${env['FINTECH_ISSUER']}\n` });
    expect(await fintech(['exec', '--', 'not-a-command'], { cwd })).toMatchObject({ exitCode: 5 });

    expect((await fintech(['logs', 'teller'], { cwd })).stdout).toContain('teller | listening');
    const lines = (await fintech(['logs', '--json', '-n', '3'], { cwd })).stdout
      .trimEnd()
      .split('\n');
    expect(lines).toHaveLength(3);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      unit: expect.any(String),
      line: expect.any(String),
    });

    expect(await fintech(['down'], { cwd })).toMatchObject({ exitCode: 0, stdout: 'stopped\n' });
    expect((await status()).exitCode).toBe(5);
    await expect(request(env['FINTECH_GATEWAY_URL'] ?? '')).rejects.toThrow('ECONNREFUSED');
  });

  it('on a running sandbox starts what is missing and exits 0', async () => {
    await up(['--no-services']);
    const again = await fintechJson<SandboxStatus>(['up'], { cwd });
    expect(again.exitCode).toBe(0);
    expect(again.data.units.map(({ name }) => name)).toContain('teller');
    expect((await up()).exitCode).toBe(0);
  });

  it('stops all when a service crashes, and shows its last lines', async () => {
    write(join(cwd, 'teller/src/main.ts'), `console.log('no money left'); process.exit(1);`);
    const { exitCode, stderr } = await up();
    expect(exitCode).toBe(5);
    expect(stderr).toContain('[SANDBOX_UNIT_FAILED]');
    expect(stderr).toContain('no money left');
    expect((await status()).data.state).toBe('stopped');
  });

  it('exits 6 when a service is not ready in time', async () => {
    write(join(cwd, 'teller/src/main.ts'), 'setInterval(() => {}, 1000);');
    expect(await up(['--timeout', '1500ms'])).toMatchObject({ exitCode: 6 });
  });

  it('interrupted while a service is awaited, stops all that it started', async () => {
    write(join(cwd, 'teller/src/main.ts'), `setInterval(() => {}, 1000);`);
    const starting = execa(process.execPath, [join(ROOT, 'bin/fintech.js'), 'up', '--detach'], {
      cwd,
      env: cleanEnvironment(),
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
    });
    await vi.waitFor(
      async () => expect((await status()).data.units.at(-1)?.pid).toBeGreaterThan(0),
      {
        timeout: 20_000,
        interval: 200,
      },
    );
    const { data } = await status();
    expect(data.state).toBe('degraded');
    starting.kill('SIGINT');
    expect((await starting).exitCode).toBe(130);
    expect((await status()).data.state).toBe('stopped');
    for (const { url } of data.units) await expect(request(url)).rejects.toThrow('ECONNREFUSED');
  });

  it('keeps its data over down, and deletes it with --volumes only when confirmed', async () => {
    await up(['--no-services']);
    await fintech(['events', 'append', 's', '--type', 'a.b', '--data', '1'], { cwd });
    await fintech(['down'], { cwd });
    await up(['--no-services']);
    expect((await fintech(['events', 'export'], { cwd })).stdout).toContain('"type":"a.b"');
    expect(await fintech(['down', '--volumes'], { cwd })).toMatchObject({ exitCode: 2 });
    expect((await status()).exitCode).toBe(0);
    expect(await fintech(['down', '--volumes', '--yes'], { cwd })).toMatchObject({ exitCode: 0 });
    await up(['--no-services']);
    expect((await fintech(['events', 'export'], { cwd })).stdout).toBe('');
  });

  it('restarts one unit', async () => {
    await up();
    const before = (await status()).data.units.at(-1)?.pid;
    expect(await fintech(['restart', 'teller'], { cwd })).toMatchObject({ exitCode: 0 });
    expect((await status()).data.units.at(-1)?.pid).not.toBe(before);
    const { error, exitCode } = await fintechJson(['restart', 'tellr'], { cwd });
    expect([exitCode, error?.code]).toEqual([2, 'SANDBOX_UNIT_UNKNOWN']);
  });

  it('names what it would start, and starts nothing, with --dry-run', async () => {
    const { data, exitCode } = await fintechJson<SandboxStatus>(['up', '--dry-run'], { cwd });
    expect(exitCode).toBe(0);
    expect(data.state).toBe('planned');
    expect(data.units).toHaveLength(5);
    expect(data.units.at(-1)?.needs).toEqual(['registry', 'identity', 'events', 'gateway']);
    expect((await status()).data.state).toBe('stopped');
  });

  it('says that it needs packages instead of installing them', async () => {
    write(join(cwd, 'teller/package.json'), '{"name":"teller"}');
    expect(await up()).toMatchObject({ exitCode: 0 });
    await fintech(['down'], { cwd });
    write(join(cwd, 'teller/package.json'), '{"name":"teller","dependencies":{"fastify":"^5"}}');
    const { error, exitCode } = await fintechJson(['up', '--detach'], { cwd });
    expect([exitCode, error?.code]).toEqual([5, 'SANDBOX_PACKAGES_MISSING']);
    expect(error?.hint).toContain('npm install');
  });
});

describe('status --verbose', () => {
  it('says where each value came from, on stderr', async () => {
    write(join(cwd, 'fintech.yaml'), 'name: acme\nsandbox: { ports: { events: 2999 } }\n');
    const env = { FINTECH_GATEWAY_PORT: '8999' };
    const { stderr } = await fintech(['status', '--verbose'], { cwd, env });
    expect(stderr).toContain(`configuration: ${join(cwd, 'fintech.yaml')}`);
    expect(stderr).toContain('events: http://127.0.0.1:2999 (fintech.yaml)');
    expect(stderr).toContain('gateway: http://127.0.0.1:8999 (FINTECH_GATEWAY_PORT)');
    expect(stderr).toMatch(/registry: http:\/\/127\.0\.0\.1:\d+ \(kept in/);
  });
});

describe('ports', () => {
  it('a second workspace starts beside the first with no flag', async () => {
    using other = temporaryFolder();
    write(join(other.path, 'fintech.yaml'), 'name: other\n');
    await up(['--no-services']);
    const second = await fintech(['up', '--detach'], { cwd: other.path });
    expect(second).toMatchObject({ exitCode: 0 });
    const theirs = await fintechJson<SandboxStatus>(['status'], { cwd: other.path });
    const ours = await status();
    const urls = [...ours.data.units, ...theirs.data.units].map(({ url }) => url);
    expect(new Set(urls).size).toBe(8);
    await fintech(['down'], { cwd: other.path });
  });

  it('a configured port that is taken stops with exit 5 and names who holds it', async () => {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as { port: number };
    write(join(cwd, 'fintech.yaml'), `name: acme\nsandbox: { ports: { gateway: ${port} } }\n`);
    const { error, exitCode } = await fintechJson(['up', '--detach'], { cwd });
    server.close();
    expect([exitCode, error?.code]).toEqual([5, 'SANDBOX_PORT_HELD']);
    expect(error?.message).toContain(`(pid ${process.pid})`);
  });
});

describe('up in the foreground', () => {
  const foreground = () =>
    execa(process.execPath, [join(ROOT, 'bin/fintech.js'), 'up'], {
      cwd,
      env: cleanEnvironment(),
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
    });

  it('ends with Ctrl-C, and leaves nothing but data', async () => {
    const running = foreground();
    await vi.waitFor(async () => expect((await status()).exitCode).toBe(0), {
      timeout: 20_000,
      interval: 200,
    });
    const { data } = await status();
    running.kill('SIGINT');
    expect((await running).exitCode).toBe(130);
    for (const { url } of data.units) await expect(request(url)).rejects.toThrow('ECONNREFUSED');
    expect(existsSync(join(cwd, '.fintech/state.json'))).toBe(false);
  });

  it('is ended by `down` from another shell', async () => {
    const running = foreground();
    await vi.waitFor(async () => expect((await status()).exitCode).toBe(0), {
      timeout: 20_000,
      interval: 200,
    });
    await fintech(['down'], { cwd });
    expect((await running).exitCode).toBe(0);
  });

  it('killed with -9 leaves nothing that the next up does not heal', async () => {
    const running = foreground();
    await vi.waitFor(async () => expect((await status()).exitCode).toBe(0), {
      timeout: 20_000,
      interval: 200,
    });
    const { data } = await status();
    const teller = data.units.at(-1)?.pid ?? 0;
    running.kill('SIGKILL');
    await running;
    await vi.waitFor(() => expect(() => process.kill(teller, 0)).toThrow('ESRCH'), {
      timeout: 10_000,
    });
    expect((await status()).data.state).toBe('stopped');
    expect(existsSync(join(cwd, '.fintech/state.json'))).toBe(true);
    expect(await up()).toMatchObject({ exitCode: 0 });
    const healed = await status();
    expect(healed.data.units.map(({ url }) => url)).toEqual(data.units.map(({ url }) => url));
    expect(JSON.parse(readFileSync(join(cwd, '.fintech/ports.json'), 'utf8'))).toBeTypeOf('object');
  });
});
