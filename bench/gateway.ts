/**
 * Requests per second through the gateway (token, access log and metrics on) against the same
 * machine's bare `node:http` + undici proxy and the upstream asked directly; 64 connections, 1 KB
 * answers. Each server is a process of its own. `node bench/gateway.ts [seconds]`
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { systemRandom } from '../src/kernel/random.ts';
import { systemClock } from '../src/kernel/time.ts';
import { AUDIENCE, ecKey, ISSUER, token } from '../src/runtime/access/issuer.fixture.ts';
import { FakeRegistry } from '../src/runtime/gateway/gateway.fixture.ts';
import { serveGateway } from '../src/runtime/gateway/serve.ts';

const CONNECTIONS = 64;
const [role = '3', ...rest] = process.argv.slice(2);
const listen = async (server: Server) => {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', () => resolve()));
  return (server.address() as AddressInfo).port;
};

if (role === 'upstream') {
  const body = Buffer.alloc(1024, 'x');
  process.send?.(await listen(createServer((_request, response) => response.end(body))));
} else if (role === 'bare') {
  const pool = new Pool(`http://127.0.0.1:${rest[0]}`);
  const proxy = createServer((request, response) => {
    pool.dispatch(
      { path: request.url ?? '/', method: 'GET', headers: { accept: '*/*' } },
      {
        onRequestStart: () => {},
        onResponseStart: (_controller, status, headers) => void response.writeHead(status, headers),
        onResponseData: (_controller, chunk) => void response.write(chunk),
        onResponseEnd: () => void response.end(),
        onResponseError: () => void response.destroy(),
      },
    );
  });
  process.send?.(await listen(proxy));
} else if (role === 'gateway') {
  const registry = new FakeRegistry();
  registry.set('up', [Number(rest[0])]);
  const key = ecKey('sandbox-bench');
  const jwks = JSON.stringify({ keys: [key.jwk] });
  const registryPort = await listen(createServer(registry.listener));
  const jwksPort = await listen(createServer((_request, response) => response.end(jwks)));
  const gateway = await serveGateway(
    {
      listen: { host: '127.0.0.1', port: 0 },
      routes: [{ path: '/', service: 'up', scopes: ['bench'] }],
      registryUrl: `http://127.0.0.1:${registryPort}`,
      jwksUrl: `http://127.0.0.1:${jwksPort}`,
      issuer: ISSUER,
      audience: AUDIENCE,
    },
    // The line is made as for real, and not written: the disk is not what is measured.
    { clock: systemClock, random: systemRandom, log: (...line) => void JSON.stringify(line) },
  );
  const nowS = Math.floor(systemClock.now() / 1000);
  const bearer = token(key, { claims: { iat: nowS, exp: nowS + 3600, scope: 'bench' } });
  process.send?.({ port: Number(new URL(gateway.url).port), bearer });
} else {
  await compare(Number(role) * 1000);
}

async function start(name: string, ...args: unknown[]): Promise<{ port: number; bearer?: string }> {
  const child = fork(import.meta.filename, [name, ...args.map(String)]);
  process.once('exit', () => child.kill());
  const [message] = (await once(child, 'message')) as [number | { port: number; bearer: string }];
  return typeof message === 'number' ? { port: message } : message;
}

async function compare(ms: number): Promise<void> {
  const upstream = await start('upstream');
  const bare = await start('bare', upstream.port);
  const gateway = await start('gateway', upstream.port);
  await sleep(300);
  const rates: Record<string, number> = {};
  for (const round of ['warm up', 'measured']) {
    rates['direct'] = await load(upstream, ms);
    rates['bare proxy'] = await load(bare, ms);
    rates['gateway'] = await load(gateway, ms);
    if (round === 'measured') report(rates);
  }
  process.exit();
}

async function load(target: { port: number; bearer?: string }, ms: number): Promise<number> {
  const pool = new Pool(`http://127.0.0.1:${target.port}`, { connections: CONNECTIONS });
  const headers = target.bearer === undefined ? {} : { authorization: `Bearer ${target.bearer}` };
  const endMs = performance.now() + ms;
  let done = 0;
  const run = async () => {
    while (performance.now() < endMs) {
      const { statusCode, body } = await pool.request({ method: 'GET', path: '/a', headers });
      await body.dump();
      if (statusCode !== 200) throw new Error(`status ${statusCode}`);
      done++;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, run));
  await pool.destroy();
  return (done * 1000) / ms;
}

function report(rates: Record<string, number>): void {
  const base = rates['bare proxy'] ?? Number.NaN;
  for (const [name, rate] of Object.entries(rates)) {
    console.log(
      `${name.padEnd(12)} ${rate.toFixed(0).padStart(8)}/s ${(rate / base).toFixed(2)} ×`,
    );
  }
}
