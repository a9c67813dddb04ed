import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  bearer,
  bodyOf,
  listening,
  sendRaw,
  startGateway,
  type TestGateway,
  type TestServer,
} from './gateway.fixture.ts';

let echo: TestServer;
let gateway: TestGateway;
let seen: { request: IncomingMessage; body: string }[] = [];

beforeAll(async () => {
  echo = await listening(async (request, response) => {
    const body = await bodyOf(request);
    seen.push({ request, body });
    response.writeHead(201, ['X-Kept', 'a', 'X-Kept', 'b', 'Content-Type', 'text/plain']);
    response.end(`${request.method} ${request.url} ${body}`);
  });
  gateway = await startGateway({
    ports: [echo.port],
    allowedHosts: ['gateway'],
    routes: [
      { path: '/open', service: 'echo', public: true },
      { path: '/v1/payments', service: 'echo', scopes: ['payments:write'] },
      {
        path: '/v1/keyed',
        service: 'echo',
        public: true,
        idempotency: 'required',
      },
      { path: '/v1/nobody', service: 'nobody', public: true },
    ],
  });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await echo[Symbol.asyncDispose]();
});
beforeEach(() => {
  seen = [];
  gateway.lines.length = 0;
});

const call = (path: string, init: RequestInit = {}) => fetch(`${gateway.url}${path}`, init);
const problemAt = async (path: string, init: RequestInit = {}) => {
  const response = await call(path, init);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  return (await response.json()) as { type: string; status: number; [member: string]: unknown };
};

describe('a request that may enter', () => {
  it('reaches the service with its method, path, query and body, and its answer comes back', async () => {
    const response = await call('/v1/payments/7?b=2&a=1', {
      method: 'POST',
      headers: { authorization: bearer() },
      body: '{"amount":1}',
    });
    expect(response.status).toBe(201);
    expect(await response.text()).toBe('POST /v1/payments/7?b=2&a=1 {"amount":1}');
    expect(response.headers.get('x-kept')).toBe('a, b');
    expect(response.headers.get('via')).toBe('1.1 fintech');
  });

  it('is logged with route, client and trace, and without query or token', async () => {
    const authorization = bearer();
    await (await call('/v1/payments?secret=hush', { headers: { authorization } })).text();
    const line = gateway.lines.find(({ message }) => message === 'request');
    expect(line).toMatchObject({
      level: 'info',
      method: 'GET',
      path: '/v1/payments',
      route: '/v1/payments',
      status: 201,
      upstream: `127.0.0.1:${echo.port}`,
      clientId: 'app',
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
      durationMs: expect.any(Number),
      complete: true,
    });
    expect(JSON.stringify(gateway.lines)).not.toContain('hush');
    expect(JSON.stringify(gateway.lines)).not.toContain(authorization.slice(7, 40));
  });

  it('is not logged when it is a probe that succeeds', async () => {
    expect((await call('/health/ready')).status).toBe(200);
    expect((await call('/health/nothing')).status).toBe(404);
    await (await call('/open/x')).text();
    const paths = gateway.lines.filter(({ message }) => message === 'request');
    expect(paths.map(({ path }) => path)).toEqual(['/health/nothing', '/open/x']);
  });

  it('sees what was matched: escapes in canonical form', async () => {
    expect(await (await call('/%6fpen/%c3%a9')).text()).toBe('GET /open/%C3%A9 ');
  });
});

describe('a request that may not enter never reaches the service', () => {
  it.each([
    ['no token', {}, { status: 401, challenge: 'Bearer realm="fintech"' }],
    [
      'a bad token',
      { authorization: 'Bearer a.b.c' },
      { status: 401, challenge: 'error="invalid_token"' },
    ],
    [
      'another scope',
      { authorization: bearer('payments:read') },
      { status: 403, challenge: 'scope="payments:write"' },
    ],
    [
      'a token of another audience',
      { authorization: bearer('payments:write', { aud: 'events' }) },
      { status: 401, challenge: '(aud)' },
    ],
    [
      'a malformed field',
      { authorization: 'Bearer  x' },
      { status: 400, challenge: 'error="invalid_request"' },
    ],
  ])('%s', async (_name, headers: Record<string, string>, { status, challenge }) => {
    const response = await call('/v1/payments', { method: 'POST', headers, body: 'x' });
    expect(response.status).toBe(status);
    expect(response.headers.get('www-authenticate')).toContain(challenge);
    expect(await response.json()).toMatchObject({
      status,
      instance: '/v1/payments',
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(seen).toEqual([]);
  });

  it('two Authorization fields', async () => {
    const head = `GET /v1/payments HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n`;
    const twice = `Authorization: ${bearer()}\r\n`.repeat(2);
    const answer = await sendRaw(gateway.port, `${head}${twice}\r\n`, 2000);
    expect(answer).toMatchObject({ status: 400 });
    expect(answer.text).toContain('more than one Authorization field');
    expect(seen).toEqual([]);
  });

  it('an Authorization field that Connection names, for it is not there for the next hop', async () => {
    const head = `GET /v1/payments HTTP/1.1\r\nHost: localhost\r\n`;
    const rest = `Connection: close, authorization\r\nAuthorization: ${bearer()}\r\n\r\n`;
    expect(await sendRaw(gateway.port, head + rest, 2000)).toMatchObject({ status: 401 });
    expect(seen).toEqual([]);
  });
});

describe('answers of the gateway itself', () => {
  it('404 where no route matches, method included', async () => {
    expect(await problemAt('/other')).toMatchObject({ status: 404 });
    expect(await problemAt('/openly')).toMatchObject({ type: 'urn:fintech:problem:no-route' });
    const trace = await sendRaw(gateway.port, 'TRACE /open HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect(trace.status).toBe(404);
  });

  it('400 for a path that can be read in two ways', async () => {
    const { status } = await problemAt('/open/%2e%2e%2fadmin');
    expect(status).toBe(400);
    expect(seen).toEqual([]);
  });

  it('503 where no instance is healthy', async () => {
    const response = await call('/v1/nobody');
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await response.json()).toMatchObject({ type: 'urn:fintech:problem:no-instance' });
  });

  it('400 where a required Idempotency-Key is missing or unreadable', async () => {
    const post = (headers: Record<string, string>) =>
      call('/v1/keyed', { method: 'POST', headers }).then(({ status }) => status);
    expect(await post({})).toBe(400);
    expect(await post({ 'idempotency-key': '"open' })).toBe(400);
    expect(await post({ 'idempotency-key': 'k'.repeat(256) })).toBe(400);
    expect(seen).toEqual([]);
    expect(await post({ 'idempotency-key': 'k'.repeat(255) })).toBe(201);
    expect(await post({ 'idempotency-key': '"quoted"' })).toBe(201);
    expect((await call('/v1/keyed')).status).toBe(201);
  });

  it('421 for a host it does not know, 403 for another site', async () => {
    const host = (name: string) =>
      sendRaw(
        gateway.port,
        `GET /open HTTP/1.1\r\nHost: ${name}\r\nConnection: close\r\n\r\n`,
        2000,
      );
    expect((await host('evil.example')).status).toBe(421);
    expect((await host('localhost:8080')).status).toBe(201);
    expect((await host('gateway')).status).toBe(201);
    expect((await call('/open', { headers: { origin: 'http://evil.example' } })).status).toBe(403);
  });

  it('417 for an expectation it does not know', async () => {
    const text = 'GET /open HTTP/1.1\r\nHost: localhost\r\nExpect: tea\r\n\r\n';
    expect(await sendRaw(gateway.port, text)).toMatchObject({ status: 417, isClosed: true });
    expect(seen).toEqual([]);
  });

  it('its health and metrics, which no route can take', async () => {
    expect(await (await call('/health/live')).json()).toEqual({ status: 'live' });
    expect(await (await call('/health/ready')).json()).toEqual({ status: 'ready' });
    await (await call('/open/17')).text();
    const metrics = await (await call('/metrics')).text();
    expect(metrics).toContain('http_server_active_requests 1');
    expect(metrics).toMatch(
      /request_duration_seconds_count\{http_request_method="GET",http_route="\/open",http_response_status_code="201"\} \d/,
    );
    expect((await call('/health/live', { method: 'POST' })).status).toBe(405);
    expect((await call('/health/other')).status).toBe(404);
  });
});
