import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { nextTurn } from '../../../kernel/turn.ts';
import { ManualClock } from '../../../kernel/time.ts';
import { HEARTBEAT_MS } from './follow.ts';
import { READ_LIMITS } from './read-endpoints.ts';
import { BOTH, event, startServer, type TestServer } from './server.fixture.ts';

interface Line {
  id?: string;
  control?: string;
  position?: string;
}

async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + Buffer.from(chunk).toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line) as Line;
  }
  if (rest !== '') throw new Error(`the stream ends inside a line: ${rest}`);
}

async function follow(server: TestServer, query = '', token = BOTH): Promise<AsyncGenerator<Line>> {
  const answer = await server.open(`/events?follow=true${query}`, token);
  expect(answer.headers['content-type']).toBe('application/x-ndjson');
  return linesOf(answer.body);
}

async function append(server: TestServer, id: string, stream = 's'): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const { status } = await server.send('POST', `/streams/${stream}`, { body: event(id), headers });
  expect(status).toBe(201);
}

async function next(lines: AsyncGenerator<Line>): Promise<Line | undefined> {
  const { value, done } = await lines.next();
  return done === true ? undefined : value;
}

/** Moves the clock until the follower says something: it sets its timer when it gets to it. */
async function advanced(clock: ManualClock, ms: number, line: Promise<Line | undefined>) {
  const state = { said: false };
  const said = line.finally(() => (state.said = true));
  for (clock.advance(ms); !state.said; clock.advance(1)) await wait(1);
  return said;
}

test('a follower catches up, is told so, and gets what comes', async () => {
  await using server = await startServer();
  await append(server, 'a');
  await append(server, 'b');
  const lines = await follow(server, '&after=1');
  expect(await next(lines)).toMatchObject({ id: 'b', globalposition: '2' });
  expect(await next(lines)).toEqual({ control: 'caught-up', position: '2' });
  await append(server, 'c');
  expect(await next(lines)).toMatchObject({ id: 'c', globalposition: '3' });
});

test('silence is filled with heartbeats that carry how far the log was seen', async () => {
  const clock = new ManualClock();
  await using server = await startServer({ clock });
  const lines = await follow(server, '&stream=mine');
  expect(await next(lines)).toEqual({ control: 'caught-up', position: '0' });
  await append(server, 'a', 'other');
  await nextTurn();
  const beat = await advanced(clock, HEARTBEAT_MS, next(lines));
  expect(beat).toEqual({ control: 'heartbeat', position: '1' });
  await append(server, 'b', 'mine');
  expect(await next(lines)).toMatchObject({ id: 'b' });
});

test('following ends with the token', async () => {
  const clock = new ManualClock();
  await using server = await startServer({ clock });
  await append(server, 'a');
  const token = `events:read.${clock.now() / 1000 + 5}`;
  const lines = await follow(server, '', token);
  expect(await next(lines)).toMatchObject({ id: 'a' });
  expect(await next(lines)).toEqual({ control: 'caught-up', position: '1' });
  const end = await advanced(clock, 5000, next(lines));
  expect(end).toEqual({ control: 'token-expired', position: '1' });
  expect(await next(lines)).toBeUndefined();
});

test('a token that ends in a month does not end at once', async () => {
  await using server = await startServer();
  const lines = await follow(
    server,
    '',
    `events:read.${Math.floor(Date.now() / 1000) + 2_678_400}`,
  );
  expect(await next(lines)).toEqual({ control: 'caught-up', position: '0' });
  await append(server, 'a');
  expect(await next(lines)).toMatchObject({ id: 'a' });
});

test('following ends cleanly when the server stops', async () => {
  await using server = await startServer();
  const lines = await follow(server);
  await next(lines);
  server.stopping.abort();
  expect(await next(lines)).toBeUndefined();
});

test('a follower that leaves is forgotten, one too many is refused', async () => {
  await using server = await startServer();
  const leaving = await server.open('/events?follow=true');
  expect(await followers(server)).toBe(1);
  leaving.body.destroy();
  leaving.body.on('error', () => {});
  while ((await followers(server)) !== 0) await wait(5);
  const bodies = [];
  for (let count = 0; count < READ_LIMITS.followers; count++) {
    bodies.push((await server.open('/events?follow=true')).body);
  }
  expect(await server.send('GET', '/events?follow=true')).toMatchObject({
    status: 503,
    json: { type: 'urn:fintech:problem:too-many-followers' },
  });
});

async function followers(server: TestServer): Promise<number> {
  const { text } = await server.send('GET', '/metrics');
  return Number(/^fintech_events_followers (\d+)$/m.exec(text)?.[1]);
}
