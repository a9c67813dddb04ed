import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { execa } from 'execa';
import { cleanEnvironment, ENTRY } from './program.ts';

/** One part of the program as a container runs it: no input, no parent to talk to. */
export interface Part {
  pid: number | undefined;
  /** What it printed so far, by lines. */
  lines(): string[];
  errorLines(): string[];
  /** The messages of a component's log. */
  messages(): unknown[];
  /** Sends SIGTERM. */
  stop(): Promise<{ exitCode: number | undefined; tookMs: number; stderr: string }>;
  kill(): Promise<void>;
}

export function startPart(
  args: readonly string[],
  options: { cwd: string; env?: Record<string, string>; input?: 'null' | 'closed' },
): Part {
  const program = [process.execPath, ENTRY, ...args];
  // A shell closes what Node would open for its child.
  const close = options.input === 'closed' ? '<&-' : '';
  const child = execa('/bin/sh', ['-c', `exec "$@" ${close}`, 'sh', ...program], {
    cwd: options.cwd,
    env: { ...cleanEnvironment(), ...options.env },
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  // The last line may still be on its way.
  const linesOf = (text: string) => text.split('\n').slice(0, -1);
  return {
    pid: child.pid,
    lines: () => linesOf(stdout),
    errorLines: () => linesOf(stderr),
    messages: () =>
      linesOf(stdout).map((line) => (JSON.parse(line) as { message: unknown }).message),
    stop: async () => {
      const startMs = performance.now();
      child.kill('SIGTERM');
      const { exitCode } = await child;
      return { exitCode, tookMs: performance.now() - startMs, stderr };
    },
    kill: async () => {
      child.kill('SIGKILL');
      await child;
    },
  };
}

/** Ports that were free a moment ago, no two the same. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
