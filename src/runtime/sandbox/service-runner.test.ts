import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
  running = runService({
    command: [process.execPath, 'src/main.js'],
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

it('reports a command that does not exist as a crash, not as a fault', async () => {
  running = runService({
    command: ['/not/there'],
    folder,
    watch: [],
    clock: systemClock,
    tell: (message) => messages.push(message),
    signal: stop.signal,
  });
  await vi.waitFor(() => expect(states()).toContain('crashed'), 15_000);
});
