import { connect } from 'node:net';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../kernel/log.ts';
import { systemRandom } from '../../kernel/random.ts';
import { systemClock } from '../../kernel/time.ts';
import { listening, sendRaw, startGateway, type TestListener, until } from './gateway.fixture.ts';
import { type GatewayOptions, serveGateway } from './serve.ts';

let stack = new AsyncDisposableStack();
afterEach(async () => {
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
});

async function through(listener: TestListener, limits = {}) {
  const upstream = stack.use(await listening(listener));
  return stack.use(await startGateway({ ports: [upstream.port], limits }));
}

describe('starting', () => {
  const options: GatewayOptions = {
    routes: [],
    registryUrl: 'http://127.0.0.1:1',
    issuer: 'http://127.0.0.1:1',
    jwksUrl: 'http://127.0.0.1:1/jwks',
    audience: 'api',
  };
  const deps = { clock: systemClock, random: systemRandom, log: silentLog };
  const listen = { host: '127.0.0.1', port: 0 };

  it('fails when a route is neither scoped nor public', async () => {
    const routes = [{ path: '/a', service: 's' }];
    await expect(serveGateway({ ...options, routes, listen }, deps)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: '/gateway/routes/0 needs scopes, anyScope or public: true.',
    });
  });

  it('fails when the port is taken, and leaves nothing running', async () => {
    const taken = stack.use(await listening(() => {}));
    const port = { host: '127.0.0.1', port: taken.port };
    const start = serveGateway({ ...options, listen: port }, deps);
    await expect(start).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('is live at once, and ready when the issuer and the registry have answered', async () => {
    const routes = [{ path: '/a', service: 's', public: true as const }];
    const gateway = stack.use(await serveGateway({ ...options, routes, listen }, deps));
    expect((await fetch(`${gateway.url}/health/live`)).status).toBe(200);
    const ready = await fetch(`${gateway.url}/health/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toEqual({ status: 'starting' });
  });
});

describe('stopping', () => {
  it('finishes what is in progress, takes nothing new, and closes', async () => {
    const held: ServerResponse[] = [];
    const gateway = await through((_request, response) => held.push(response));
    const idle = connect(gateway.port, '127.0.0.1').resume();
    await new Promise((resolve) => void idle.once('connect', resolve));
    const call = fetch(`${gateway.url}/open`);
    await until(() => held.length === 1);
    const stopped = gateway.stop();
    await systemClock.sleep(50);
    await expect(fetch(`${gateway.url}/open`)).rejects.toThrow('fetch failed');
    held[0]?.end('finished');
    const response = await call;
    expect(response.headers.get('connection')).toBe('close');
    expect(await response.text()).toBe('finished');
    await stopped;
    await until(() => idle.destroyed);
  });

  it('cuts streams that do not end in time', async () => {
    const gateway = await through((_request, response) => void response.write('first'), {
      graceMs: 200,
    });
    const answer = sendRaw(gateway.port, 'GET /open HTTP/1.1\r\nHost: localhost\r\n\r\n', 3000);
    await systemClock.sleep(100);
    const startMs = systemClock.monotonicMs();
    await gateway.stop();
    expect(systemClock.monotonicMs() - startMs).toBeLessThan(900);
    expect(await answer).toMatchObject({ status: 200, isClosed: true });
  });

  it('is quick when nothing is in progress, keep-alive connections or not', async () => {
    const gateway = await through((_request, response) => response.end());
    await (await fetch(`${gateway.url}/open`)).text();
    const startMs = systemClock.monotonicMs();
    await gateway.stop();
    expect(systemClock.monotonicMs() - startMs).toBeLessThan(300);
  });
});

describe('fields on their way', () => {
  it('go up without those for one connection, with trace and forwarding set anew', async () => {
    let seen: IncomingMessage | undefined;
    const gateway = await through((request, response) => {
      seen = request;
      response.end();
    });
    const trace = '0af7651916cd43dd8448eb211c80319c';
    const text = [
      'GET /open HTTP/1.1',
      'Host: localhost:1',
      'Connection: close, X-Hop',
      'X-Hop: 1',
      'Keep-Alive: timeout=5',
      'Proxy-Authorization: secret',
      'TE: trailers, gzip',
      'X-Forwarded-For: 6.6.6.6',
      'X_Forwarded_Proto: https',
      'Forwarded: for=6.6.6.6',
      'Client-Cert: :AA==:',
      `traceparent: 00-${trace}-b7ad6b7169203331-00`,
      'tracestate: a=b',
      'X-Latin: \xe9',
      'X-Twice: 1',
      'X-Twice: 2',
    ].join('\r\n');
    await sendRaw(gateway.port, `${text}\r\n\r\n`, 2000);
    expect(seen?.headers).toMatchObject({
      te: 'trailers',
      via: '1.1 fintech',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': 'localhost:1',
      'x-forwarded-proto': 'http',
      forwarded: 'for=127.0.0.1;host="localhost:1";proto=http',
      traceparent: expect.stringMatching(new RegExp(`^00-${trace}-(?!b7ad)[0-9a-f]{16}-00$`)),
      tracestate: 'a=b',
      'x-latin': '\xe9',
      'x-twice': '1, 2',
    });
    const names = Object.keys(seen?.headers ?? {});
    for (const name of [
      'x-hop',
      'keep-alive',
      'proxy-authorization',
      'client-cert',
      'x_forwarded_proto',
    ]) {
      expect(names).not.toContain(name);
    }
    expect(gateway.lines.at(-1)).toMatchObject({ traceId: trace });
  });

  it('come down without those for one connection', async () => {
    const gateway = await through((_request, response) => {
      const hop = ['Connection', 'keep-alive, X-Hop', 'X-Hop', '1', 'Proxy-Authenticate', 'Basic'];
      response.writeHead(200, [...hop, 'Upgrade', 'h2c', 'Set-Cookie', 'a', 'Set-Cookie', 'b']);
      response.end('x');
    });
    const { headers } = await fetch(`${gateway.url}/open`);
    for (const name of ['x-hop', 'proxy-authenticate', 'upgrade']) {
      expect(headers.has(name)).toBe(false);
    }
    expect(headers.getSetCookie()).toEqual(['a', 'b']);
    expect(headers.get('via')).toBe('1.1 fintech');
  });

  it('start a trace where there is none', async () => {
    let parent = '';
    const gateway = await through((request, response) => {
      parent = String(request.headers['traceparent']);
      response.end();
    });
    await (await fetch(`${gateway.url}/open`)).text();
    expect(parent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });
});

describe('two instances', () => {
  it('share the requests, and one that is deregistered gets no more', async () => {
    const answering = (name: string) => listening((_request, response) => response.end(name));
    const one = stack.use(await answering('one'));
    const two = stack.use(await answering('two'));
    const gateway = stack.use(await startGateway({ ports: [one.port, two.port] }));
    const call = async () => (await fetch(`${gateway.url}/open`)).text();
    expect([await call(), await call(), await call(), await call()].sort()).toEqual([
      'one',
      'one',
      'two',
      'two',
    ]);
    gateway.registry.set('echo', [two.port]);
    await until(
      () => gateway.lines.filter(({ message }) => message === 'instances changed').length === 2,
    );
    expect(new Set([await call(), await call(), await call()])).toEqual(new Set(['two']));
  });
});
