import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { request } from 'undici';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { seededRandom } from '../../src/kernel/random.ts';
import { FAULTS, FaultProxy } from './fault-proxy.ts';

const PATIENCE_MS = 3000;

let received: string[];
let target: string;
let close: () => void;

beforeEach(async () => {
  received = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => received.push(`${request.method} ${request.url} ${body}`));
    response.writeHead(201, { 'content-type': 'application/json', 'x-kept': 'yes' }).end('{"a":1}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  target = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  close = () => void server.close();
});
afterEach(() => close());

const proxyOf = (share: number, seed = 'a') =>
  FaultProxy.listen({
    target: () => target,
    random: seededRandom(seed),
    share,
    patienceMs: PATIENCE_MS,
  });

const post = (url: string, body: string) =>
  request(`${url}/v1/things?x=1`, {
    method: 'POST',
    body,
    signal: AbortSignal.timeout(PATIENCE_MS / 2),
  });

describe('a fault proxy', () => {
  it('forwards what nothing happens to, and the answer, unchanged', async () => {
    await using proxy = await proxyOf(0);
    const { statusCode, headers, body } = await post(proxy.url, '{"b":2}');
    expect([statusCode, headers['x-kept'], await body.text()]).toEqual([201, 'yes', '{"a":1}']);
    expect(received).toEqual(['POST /v1/things?x=1 {"b":2}']);
  });

  it('lets every fault happen, each as often done as it says, and tells how often', async () => {
    await using proxy = await proxyOf(1);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 80 }, async (_, index) => {
        const { statusCode, body } = await post(proxy.url, String(index));
        await body.dump();
        return statusCode;
      }),
    );
    const { counts } = proxy;
    expect(counts.calls).toBe(80);
    for (const fault of FAULTS) expect(counts[fault], fault).toBeGreaterThan(0);
    const heard = Map.groupBy(outcomes, (one) =>
      one.status === 'fulfilled' ? one.value : 'nothing',
    );
    expect(heard.get('nothing')?.length).toBeGreaterThanOrEqual(
      counts.stuck + counts['late-answer'] + counts['cut-before'] + counts['cut-after'],
    );
    expect(heard.get(500)).toHaveLength(counts['error-after']);
    const done = 80 - counts['cut-before'] + counts.duplicate + counts['late-duplicate'];
    await vi.waitFor(() => expect(received).toHaveLength(done), PATIENCE_MS * 4);
  });

  it('draws the same faults by the same seed, and others by another', async () => {
    const drawn = async (seed: string) => {
      await using proxy = await proxyOf(0.5, seed);
      for (let call = 0; call < 8; call++) await post(proxy.url, '').catch(() => {});
      return { ...proxy.counts };
    };
    expect(await drawn('b')).toEqual(await drawn('b'));
    expect(await drawn('b')).not.toEqual(await drawn('c'));
  });

  it('is calm when told', async () => {
    await using proxy = await proxyOf(1);
    proxy.calm();
    for (let call = 0; call < 20; call++) expect((await post(proxy.url, '')).statusCode).toBe(201);
    expect(received).toHaveLength(20);
  });

  it('cuts the connection where the service behind is away', async () => {
    await using proxy = await proxyOf(0);
    target = 'http://127.0.0.1:1';
    await expect(post(proxy.url, '')).rejects.toThrow('other side closed');
  });
});
