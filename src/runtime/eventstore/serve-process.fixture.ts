import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ecKey, ISSUER, token } from '../access/issuer.fixture.ts';

/** An issuer's keys on a socket, a token of it for everything, and an empty folder. */
export interface Surroundings extends AsyncDisposable {
  options: { dataDir: string; issuer: string; jwksUrl: string };
  headers: Record<string, string>;
  /** Another such token, with further claims. */
  mint(claims: Record<string, unknown>): string;
}

export async function makeSurroundings(): Promise<Surroundings> {
  const key = ecKey('k1');
  const body = JSON.stringify({ keys: [{ ...key.jwk, alg: key.alg, use: 'sig' }] });
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end(body);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const dataDir = await mkdtemp(join(tmpdir(), 'events-'));
  const nowS = Math.floor(Date.now() / 1000);
  const claims = { aud: 'events', scope: 'events:read events:append', iat: nowS, exp: nowS + 3600 };
  const { port } = server.address() as AddressInfo;
  return {
    options: { dataDir, issuer: ISSUER, jwksUrl: `http://127.0.0.1:${port}/jwks` },
    headers: {
      authorization: `Bearer ${token(key, { claims })}`,
      'content-type': 'application/json',
    },
    mint: (more) => token(key, { claims: { ...claims, ...more } }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await rm(dataDir, { recursive: true });
    },
  };
}

/** The real server in a process of its own. */
export interface ServerProcess extends AsyncDisposable {
  url: string;
  child: ChildProcess;
  /** kill -9, and wait until it is gone. */
  kill(): Promise<void>;
}

/** @param prefix what starts Node, such as a shell that sets limits first */
export async function startProcess(
  { options }: Surroundings,
  prefix: readonly string[] = [],
): Promise<ServerProcess> {
  const entry = join(import.meta.dirname, 'serve-child.fixture.ts');
  const [command, ...rest] = [...prefix, process.execPath, entry];
  const child = spawn(command, [...rest, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error('the event store did not start'))),
  ])) as [Buffer];
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  return { url: line.toString().trim(), child, kill, [Symbol.asyncDispose]: kill };
}
