import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { EmbeddedDeps } from './deps.ts';
import { startService } from './service.ts';
import type { EmbeddedUnit } from './unit.ts';
import { LINE_LEFT_OUT } from '../log-file.ts';
import { isAlive } from '../processes.ts';
import { type SandboxFixture, sandboxFixture } from '../testing/sandbox-fixture.ts';

const WAIT = { timeout: 15_000, interval: 20 };

let fixture: SandboxFixture;
let folder: string;
let port: number;
let started: EmbeddedUnit | undefined;
beforeEach(async () => {
  fixture = sandboxFixture();
  folder = join(fixture.root, 'services', 'teller');
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as { port: number });
  server.close();
});
afterEach(async () => {
  await started?.stop();
  started = undefined;
  fixture[Symbol.dispose]();
});

const logPath = () => join(fixture.root, 'teller.log');
const log = () => readFileSync(logPath(), 'utf8');

function start(code: string | undefined, deps: Partial<EmbeddedDeps> = {}): EmbeddedUnit {
  if (code !== undefined) fixture.service('teller', code);
  started = startService(
    {
      name: 'teller',
      kind: 'service',
      needs: [],
      port,
      url: `http://127.0.0.1:${port}`,
      readyPath: '/',
      environment: { PORT: String(port) },
      process: { folder, path: 'services/teller', command: undefined, watch: ['src'] },
    },
    { ...fixture.options(), logPath, onChange: () => {}, ...deps },
  );
  return started;
}

const ANSWERING = `
import { createServer } from 'node:http';
createServer((request, response) => {
  if (request.url === '/die') process.exit(1);
  response.end();
}).listen(Number(process.env.PORT), '127.0.0.1');`;

it('becomes ready again by itself after its runner started it again', async () => {
  const service = start(ANSWERING);
  await vi.waitFor(() => expect(service.state).toBe('ready'), WAIT);
  const [first] = service.processes;
  await fetch(`http://127.0.0.1:${port}/die`).catch(() => undefined);
  await vi.waitFor(() => expect(service.state).not.toBe('ready'), WAIT);
  await vi.waitFor(() => expect(service.state).toBe('ready'), WAIT);
  expect(service.processes[0]).not.toEqual(first);
});

it('is followed from a crash through a change to a start that fails', async () => {
  const service = start('process.exit(1);');
  await vi.waitFor(() => expect(service.state).toBe('crashed'), WAIT);
  rmSync(folder, { recursive: true });
  await vi.waitFor(() => expect(service.state).toBe('restarting'), WAIT);
  expect(service.why).toBe(`there is no folder ${folder}`);
  mkdirSync(folder);
  fixture.service('teller', ANSWERING);
  await vi.waitFor(() => expect(service.state).toBe('ready'), WAIT);
});

it('says in its log what its sandbox could not take, and goes on', async () => {
  const service = start(ANSWERING, {
    onChange: () => {
      throw new Error('no space left');
    },
  });
  await vi.waitFor(() => expect(service.state).toBe('ready'), WAIT);
  await service.stop();
  expect(log()).toContain('its processes could not be noted down: no space left');
});

it('names a folder that is not there', async () => {
  const service = start(undefined);
  await vi.waitFor(() => expect(service.state).toBe('crashed'), WAIT);
  expect(service.why).toBe(`there is no folder ${folder}`);
  expect(service.lastLines).toEqual([`[fintech: there is no folder ${folder}]`]);
});

it('ends a service whose runner was killed', async () => {
  const service = start(ANSWERING);
  await vi.waitFor(() => expect(service.state).toBe('ready'), WAIT);
  const [command, runner] = service.processes;
  process.kill(runner?.pid ?? 0, 'SIGKILL');
  await vi.waitFor(() => expect(service.state).toBe('crashed'), WAIT);
  expect(service.why).toBe('its runner ended');
  await vi.waitFor(() => expect(command !== undefined && isAlive(command)).toBe(false), WAIT);
});

/** Garbage not yet collected included; what was not bounded passed 500 MB within two seconds. */
const MEMORY_BOUND_BYTES = 250e6;

it('keeps little of a service that prints without end and without a line feed', async () => {
  const before = process.memoryUsage().rss;
  const service = start(`
    const chunk = 'x'.repeat(65536);
    const print = () => process.stdout.write(chunk, print);
    print();
    ${ANSWERING}`);
  await vi.waitFor(() => expect(service.lastLines).toEqual([LINE_LEFT_OUT]), WAIT);
  await sleep(3000);
  expect(process.memoryUsage().rss - before).toBeLessThan(MEMORY_BOUND_BYTES);
  expect(service.state).toBe('ready');
  expect(service.lastLines).toHaveLength(1);
});

it('keeps little of a service that floods it with lines, and waits for its end', async () => {
  const before = process.memoryUsage().rss;
  const service = start(`
    const chunk = ('x'.repeat(99) + '\\n').repeat(1000);
    const print = () => process.stdout.write(chunk, print);
    print();
    ${ANSWERING}`);
  await vi.waitFor(() => expect(statSync(`${logPath()}.1`).size).toBeGreaterThan(10e6), WAIT);
  await sleep(2000);
  expect(process.memoryUsage().rss - before).toBeLessThan(MEMORY_BOUND_BYTES);
  await service.stop();
  expect(service.processes.filter(isAlive)).toEqual([]);
  writeFileSync(logPath(), '');
  await sleep(100);
  expect(log()).toBe('');
});
