import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { heldFor } from '../../../kernel/dripping-client.fixture.ts';
import { systemRandom } from '../../../kernel/random.ts';
import { systemClock } from '../../../kernel/time.ts';
import { openMemoryStore } from '../engines/memory.ts';
import { event, startServer } from './server.fixture.ts';

const json = { 'content-type': 'application/json' };

test('without a token, with a forged one or the wrong scope nobody reads or appends', async () => {
  await using server = await startServer();
  const ask = async (method: string, path: string, token: string | null) => {
    const answer = await server.send(method, path, { token, body: '{', headers: json });
    return [answer.status, /error="(\w+)"/.exec(String(answer.headers['www-authenticate']))?.[1]];
  };
  for (const [method, path, other] of [
    ['POST', '/streams/s', 'events:read'],
    ['POST', '/append', 'events:read'],
    ['GET', '/streams/s', 'events:append'],
    ['GET', '/streams/s/head', 'events:append'],
    ['GET', '/events', 'events:append'],
    ['GET', '/head', 'events:append'],
  ] as const) {
    expect(await ask(method, path, null)).toEqual([401, undefined]);
    expect(await ask(method, path, 'forged')).toEqual([401, 'invalid_token']);
    expect(await ask(method, path, other)).toEqual([403, 'insufficient_scope']);
    expect(await ask(method, path, 'down')).toEqual([503, undefined]);
  }
});

test('two Authorization fields are refused, and so is a token in the query', async () => {
  await using server = await startServer();
  const twice = { authorization: ['Bearer events~read', 'Bearer events~read'] };
  expect(await server.send('GET', '/head', { token: null, headers: twice })).toMatchObject({
    status: 400,
  });
  expect(await server.send('GET', '/head?access_token=x', { token: null })).toMatchObject({
    status: 400,
  });
});

test('another Host is misdirected and another Origin refused, before anything else', async () => {
  await using server = await startServer();
  for (const path of ['/head', '/health/live', '/nowhere']) {
    const rebound = await server.send('GET', path, { headers: { host: 'evil.example' } });
    expect(rebound.status).toBe(421);
    const crossed = await server.send('GET', path, { headers: { origin: 'http://evil.example' } });
    expect(crossed.status).toBe(403);
  }
});

test('a method that a path does not have is 405 and told which it has', async () => {
  await using server = await startServer();
  expect(await server.send('DELETE', '/streams/s')).toMatchObject({
    status: 405,
    headers: { allow: 'POST, GET, HEAD' },
    json: { type: 'urn:fintech:problem:method-not-allowed' },
  });
  expect(await server.send('PUT', '/append')).toMatchObject({ headers: { allow: 'POST' } });
});

test('an unknown path is 404, as a problem', async () => {
  await using server = await startServer();
  for (const path of ['/', '/stream/s', '/streams/s/events', '/streams/a/b/head']) {
    expect(await server.send('GET', path)).toMatchObject({
      status: 404,
      json: { type: 'urn:fintech:problem:not-found' },
    });
  }
});

test('what is no HTTP is told so, as a problem', async () => {
  await using server = await startServer();
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  socket.end('NOT HTTP\r\n\r\n');
  const answer = Buffer.concat(await Array.fromAsync(socket as AsyncIterable<Buffer>)).toString();
  expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n.*application\/problem\+json/s);
  expect(answer).toContain('urn:fintech:problem:bad-request');
});

test('health and metrics need no token', async () => {
  await using server = await startServer();
  await server.send('POST', '/streams/s', { body: [event('a'), event('b')], headers: json });
  await server.send('POST', '/streams/s', { body: event('a', { data: 1 }), headers: json });
  const open = { token: null };
  expect((await server.send('GET', '/health/live', open)).json).toEqual({ status: 'live' });
  expect((await server.send('GET', '/health/ready', open)).json).toEqual({ status: 'ready' });
  const { text } = await server.send('GET', '/metrics', open);
  expect(text).toContain('fintech_events_appends_total{outcome="appended"} 1');
  expect(text).toContain('fintech_events_appends_total{outcome="id-reuse"} 1');
  expect(text).toContain('fintech_events_appended_total 2');
  expect(text).toContain('fintech_events_position 2');
});

test('a store that cannot write is not ready, but alive', async () => {
  const memory = openMemoryStore({ clock: systemClock, random: systemRandom });
  const probe = () => Promise.resolve({ ok: false as const, detail: 'disk full' });
  await using server = await startServer({ store: { ...memory, probe } });
  expect(await server.send('GET', '/health/ready')).toMatchObject({
    status: 503,
    json: { status: 'unavailable', detail: 'disk full' },
  });
  expect(await server.send('GET', '/health/live')).toMatchObject({ status: 200 });
});

test('a fault is 500 without its inside', async () => {
  const memory = openMemoryStore({ clock: systemClock, random: systemRandom });
  const head = () => Promise.reject(new Error('secret inside'));
  await using server = await startServer({ store: { ...memory, head } });
  const answer = await server.send('GET', '/head');
  expect(answer).toMatchObject({ status: 500, json: { type: 'urn:fintech:problem:internal' } });
  expect(answer.text).not.toContain('secret');
});

test.each([
  ['header', 'GET /health/live HTTP/1.1\r\nHost: localhost\r\nX-Slow: '],
  [
    'body',
    'POST /streams/s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer events~append\r\n' +
      'Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n',
  ],
])('a request whose %s drips is cut off within 2 s of its time', async (_part, text) => {
  await using server = await startServer({ requestTimeoutMs: 500 });
  const heldMs = await heldFor(server.url, text);
  expect(heldMs).toBeGreaterThan(400);
  expect(heldMs).toBeLessThan(2500);
});
