import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../kernel/time.ts';
import { isDiscoverable, probe, readiness } from './readiness.ts';

/** The time of a probe, and some for a busy machine. */
const IN_TIME_MS = 3500;
const KIB = 1024;

let server: Server;
let answer: RequestListener;
let url: string;
beforeEach(async () => {
  server = createServer((request, response) => answer(request, response));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** Answers with JSON that spaces make this long. */
function answers(status: number, json: unknown, bytes = 0): void {
  answer = (_request, response) =>
    response.writeHead(status).end(JSON.stringify(json).padEnd(bytes));
}

async function tookMs(task: Promise<unknown>): Promise<number> {
  const beforeMs = systemClock.monotonicMs();
  await task;
  return systemClock.monotonicMs() - beforeMs;
}

describe('a unit', () => {
  it('is ready where it answers 200, however much it says', async () => {
    answers(200, {});
    expect(await readiness(url)).toEqual({ ready: true });
    answers(200, {}, 1024 * KIB);
    expect(await probe(url)).toBe(true);
  });

  it('gives its reason where it is not, unless that is too long to read', async () => {
    answers(503, { detail: 'no database' }, 256 * KIB);
    expect(await readiness(url)).toEqual({ ready: false, why: 'no database' });
    answers(503, { detail: 'no database' }, 256 * KIB + 1);
    expect(await readiness(url)).toEqual({ ready: false });
  });

  it('that answers byte by byte has no more time than others', async () => {
    answer = (_request, response) => {
      response.writeHead(503);
      const drip = setInterval(() => response.write(' '), 100);
      response.on('close', () => clearInterval(drip));
    };
    const probing = probe(url);
    expect(await tookMs(probing)).toBeLessThan(IN_TIME_MS);
    expect(await probing).toBe(false);
  });

  it('that does not even take the connection has no more time either', async () => {
    await using host = await deafHost();
    const probing = probe(host.url);
    expect(await tookMs(probing)).toBeLessThan(IN_TIME_MS);
    expect(await probing).toBe(false);
  });
});

describe('a service', () => {
  it('can be discovered once the registry has an instance, in an answer of bounded size', async () => {
    answers(200, []);
    expect(await isDiscoverable(url, 'teller')).toBe(false);
    answers(200, [{}], 256 * KIB);
    expect(await isDiscoverable(url, 'teller')).toBe(true);
    answers(200, [{}], 256 * KIB + 1);
    expect(await isDiscoverable(url, 'teller')).toBe(false);
  });
});

/** Listens and never accepts; what waits for it already fills its queue, so that it hears no more. */
async function deafHost(): Promise<AsyncDisposable & { url: string }> {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
    const server = require('node:net').createServer().listen(0, '127.0.0.1', 1, () => {
      parentPort.postMessage(server.address().port);
      setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
    });`,
    { eval: true },
  );
  const [port] = (await once(worker, 'message')) as [number];
  const waiting = Array.from({ length: 4 }, () => connect(port, '127.0.0.1').on('error', () => {}));
  await Promise.all(waiting.slice(0, 2).map((socket) => once(socket, 'connect')));
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of waiting) socket.destroy();
      await worker.terminate();
    },
  };
}
