import { connect } from 'node:net';
import { join } from 'node:path';
import { request } from 'undici';
import { expect, test } from 'vitest';
import { FintechError } from '../../kernel/errors.ts';
import { silentLog } from '../../kernel/log.ts';
import { systemRandom } from '../../kernel/random.ts';
import { openDatabase } from '../../kernel/sqlite.ts';
import { systemClock } from '../../kernel/time.ts';
import { holder, proofOf } from '../access/proof.fixture.ts';
import { serveEvents } from './serve.ts';
import { makeSurroundings, startProcess, type Surroundings } from './serve-process.fixture.ts';

const deps = { clock: systemClock, random: systemRandom, log: silentLog };
const INVALID_PROOF = 'DPoP realm="fintech", error="invalid_dpop_proof", er';
const listen = { host: '127.0.0.1', port: 0 };

function serve({ options }: Surroundings, engine: 'sqlite' | 'memory' = 'sqlite') {
  return serveEvents({ ...options, engine, listen }, deps);
}

function eventBody(id: string, payload = ''): string {
  return JSON.stringify({ specversion: '1.0', id, source: '/s', type: 't', data: payload });
}

async function append({ headers }: Surroundings, url: string, body: string): Promise<number> {
  const answer = await request(`${url}/streams/s`, { method: 'POST', headers, body });
  await answer.body.dump();
  return answer.statusCode;
}

async function read({ headers }: Surroundings, url: string, path = '/events'): Promise<string> {
  return (await request(url + path, { headers })).body.text();
}

test.each(['sqlite', 'memory'] as const)('%s: real tokens open it', async (engine) => {
  await using surroundings = await makeSurroundings();
  await using events = await serve(surroundings, engine);
  expect(await append(surroundings, events.url, eventBody('a'))).toBe(201);
  expect(await read(surroundings, events.url)).toContain('"globalposition":"1"');
  expect((await request(`${events.url}/events`)).statusCode).toBe(401);
  expect((await request(`${events.url}/health/ready`)).statusCode).toBe(200);
});

test('a token bound to a key opens it with a proof for the request, once', async () => {
  await using surroundings = await makeSurroundings();
  await using events = await serve(surroundings, 'memory');
  const client = holder();
  const token = surroundings.mint({ cnf: client.cnf });
  const send = async (proof: string, scheme = 'DPoP') => {
    const headers = { authorization: `${scheme} ${token}`, dpop: proof };
    const answer = await request(`${events.url}/events?limit=1`, { headers });
    await answer.body.dump();
    return [answer.statusCode, answer.headers['www-authenticate']?.slice(0, 52)];
  };
  const proof = (path: string) => {
    const iat = Math.floor(systemClock.now() / 1000);
    const claims = { htm: 'GET', htu: events.url + path, iat };
    return proofOf(client, token, { claims });
  };
  const good = proof('/events');
  expect(await send(proof('/head'))).toEqual([401, INVALID_PROOF]);
  expect(await send(good)).toEqual([200, undefined]);
  expect(await send(good)).toEqual([401, INVALID_PROOF]);
  expect(await send(good, 'Bearer')).toEqual([
    401,
    expect.stringMatching(/^DPoP .*"invalid_token/),
  ]);
});

test('the log is there again after a restart, under the same name', async () => {
  await using surroundings = await makeSurroundings();
  const first = await serve(surroundings);
  await append(surroundings, first.url, eventBody('a'));
  const before = [
    await read(surroundings, first.url),
    await read(surroundings, first.url, '/head'),
  ];
  await first[Symbol.asyncDispose]();
  await using second = await serve(surroundings);
  const after = [
    await read(surroundings, second.url),
    await read(surroundings, second.url, '/head'),
  ];
  expect(after).toEqual(before);
});

test('stopping takes less than a second, with a follower and a client that never finishes its request', async () => {
  await using surroundings = await makeSurroundings();
  const events = await serve(surroundings);
  const following = await request(`${events.url}/events?follow=true`, {
    headers: surroundings.headers,
  });
  const followed = following.body.text();
  const { port } = new URL(events.url);
  const silent = connect(Number(port), '127.0.0.1');
  const cut = new Promise((resolve) => silent.once('close', resolve));
  silent.on('error', () => {});
  silent.write(
    `POST /streams/s HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${surroundings.headers['authorization']}\r\nContent-Length: 9\r\n\r\n`,
  );
  await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      append(surroundings, events.url, eventBody(`e${index}`)),
    ),
  );
  const startedMs = performance.now();
  await events[Symbol.asyncDispose]();
  expect(performance.now() - startedMs).toBeLessThan(1000);
  expect(await followed).toMatch(/"globalposition":"20"[^\n]*\n$/);
  await cut;
});

test('a taken port is told as it is, and leaves the log closed', async () => {
  await using surroundings = await makeSurroundings();
  await using other = await makeSurroundings();
  await using events = await serve(surroundings);
  const port = Number(new URL(events.url).port);
  const options = { ...other.options, engine: 'sqlite' as const };
  await expect(
    serveEvents({ ...options, listen: { host: '127.0.0.1', port } }, deps),
  ).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await using again = await serve(other);
  expect(await append(other, again.url, eventBody('a'))).toBe(201);
});

test('a log of a newer version, or a database of somebody else, is refused', async () => {
  await using surroundings = await makeSurroundings();
  const file = join(surroundings.options.dataDir, 'events.db');
  await (await serve(surroundings))[Symbol.asyncDispose]();
  const change = (pragma: string) => {
    const database = openDatabase(file);
    database.exec(`PRAGMA ${pragma}`);
    database.close();
  };
  change('user_version = 2');
  await expect(serve(surroundings)).rejects.toThrow(
    expect.objectContaining({ code: 'SANDBOX_DATA_NEWER', constructor: FintechError }),
  );
  change('application_id = 7');
  await expect(serve(surroundings)).rejects.toMatchObject({ code: 'SANDBOX_UNIT_FAILED' });
});

test('an I/O error at a commit closes writing, not reading, until a restart', async () => {
  await using surroundings = await makeSurroundings();
  // Beyond this size the kernel fails every write to a file.
  const limited = ['sh', '-c', 'ulimit -f 1024; exec "$@"', 'sh'];
  let appended = 0;
  let unknown = '';
  {
    await using server = await startProcess(surroundings, limited);
    for (let status = 201; status === 201; appended++) {
      unknown = eventBody(`e${appended}`, 'x'.repeat(50_000));
      status = await append(surroundings, server.url, unknown);
    }
    appended--;
    const { url } = server;
    const answer = await request(`${url}/streams/s`, {
      method: 'POST',
      headers: surroundings.headers,
      body: eventBody('small'),
    });
    expect([answer.statusCode, await answer.body.text()]).toEqual([
      503,
      expect.stringContaining('writing is closed until a restart'),
    ]);
    expect((await request(`${url}/health/ready`)).statusCode).toBe(503);
    expect((await read(surroundings, url)).split('\n')).toHaveLength(appended + 1);
  }
  await using healed = await startProcess(surroundings);
  const status = await append(surroundings, healed.url, unknown);
  expect([200, 201]).toContain(status);
  const lines = (await read(surroundings, healed.url)).trimEnd().split('\n');
  expect(lines).toHaveLength(appended + 1);
});
