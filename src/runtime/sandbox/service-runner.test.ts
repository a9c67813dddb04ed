import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { systemClock } from '../../kernel/time.ts';
import { markOf } from './processes.ts';
import { type RunnerMessage, runService } from './service-runner.ts';

let folder: string;
let messages: RunnerMessage[];
let stop: AbortController;
let running: Promise<void> | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fintech-runner-'));
  mkdirSync(join(folder, 'src'));
  messages = [];
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await running;
  rmSync(folder, { recursive: true });
});

function start(code: string): void {
  writeFileSync(join(folder, 'src', 'main.js'), code);
  run([process.execPath, 'src/main.js']);
}

function run(command: [string, ...string[]]): void {
  running = runService({
    command,
    folder,
    watch: ['src', 'not-there'],
    clock: systemClock,
    tell: (message) => messages.push(message),
    signal: stop.signal,
  });
}

const states = () => messages.map(({ state }) => state);
const pids = () =>
  messages.flatMap((message) => (message.state === 'running' ? [message.process?.pid ?? 0] : []));

it('starts a command again after it exits, and says with what', async () => {
  start('process.exitCode = 3');
  await vi.waitFor(
    () => expect(states().slice(0, 3)).toEqual(['running', 'restarting', 'running']),
    5000,
  );
  expect(messages[1]).toEqual({ state: 'restarting', why: 'exit code 3' });
});

it('calls five exits in 30 s a crash, and starts again when a file changes', async () => {
  start('process.exitCode = 1');
  await vi.waitFor(() => expect(states()).toContain('crashed'), 15_000);
  expect(pids()).toHaveLength(5);
  writeFileSync(join(folder, 'src', 'main.js'), 'setInterval(() => {}, 1000)');
  await vi.waitFor(() => expect(pids()).toHaveLength(6), 5000);
  expect(markOf(pids().at(-1) ?? 0)).toBeDefined();
});

it('ends the old command before it starts the changed one', async () => {
  start('setInterval(() => {}, 1000)');
  await vi.waitFor(() => expect(pids()).toHaveLength(1), 5000);
  writeFileSync(join(folder, 'src', 'main.js'), 'setInterval(() => {}, 2000)');
  await vi.waitFor(() => expect(pids()).toHaveLength(2), 5000);
  expect(markOf(pids()[0] ?? 0)).toBeUndefined();
});

it('ends what the command left in its process group', async () => {
  start(`
    const child = require('node:child_process').spawn('sleep', ['60'], { stdio: 'ignore' });
    require('node:fs').writeFileSync('child.pid', String(child.pid));
    setInterval(() => {}, 1000);`);
  const file = join(folder, 'child.pid');
  await vi.waitFor(() => expect(readFileSync(file, 'utf8')).not.toBe(''), 5000);
  stop.abort();
  await running;
  await vi.waitFor(() => expect(markOf(Number(readFileSync(file, 'utf8')))).toBeUndefined());
});

it('gives a service behind a shell its time to end', async () => {
  writeFileSync(
    join(folder, 'service.mjs'),
    `import { writeFileSync } from 'node:fs';
    const end = () => { writeFileSync('ended', 'orderly'); process.exit(); };
    process.on('SIGTERM', () => setTimeout(end, 300));
    setInterval(() => {}, 1000);
    writeFileSync('up', '');`,
  );
  run(['/bin/sh', '-c', `true && '${process.execPath}' service.mjs; true`]);
  await vi.waitFor(() => expect(existsSync(join(folder, 'up'))).toBe(true), 5000);
  stop.abort();
  await running;
  expect(readFileSync(join(folder, 'ended'), 'utf8')).toBe('orderly');
});

it('starts a crashed command again when a folder that it watches comes', async () => {
  rmSync(join(folder, 'src'), { recursive: true });
  run([process.execPath, 'src/main.js']);
  await vi.waitFor(() => expect(states()).toContain('crashed'), 15_000);
  mkdirSync(join(folder, 'src'));
  writeFileSync(join(folder, 'src', 'main.js'), 'setInterval(() => {}, 1000)');
  await vi.waitFor(() => expect(markOf(pids().at(-1) ?? 0)).toBeDefined(), 5000);
});

it('names a folder that went away', async () => {
  run(['/bin/sh', '-c', 'sleep 60']);
  await vi.waitFor(() => expect(pids()).toHaveLength(1), 5000);
  rmSync(folder, { recursive: true });
  await vi.waitFor(
    () =>
      expect(messages).toContainEqual({ state: 'restarting', why: `there is no folder ${folder}` }),
    5000,
  );
  mkdirSync(folder);
});

it('reports a command that does not exist as a crash, not as a fault', async () => {
  run(['/not/there']);
  await vi.waitFor(() => expect(states()).toContain('crashed'), 15_000);
});
