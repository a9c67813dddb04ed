import { expect, test } from 'vitest';
import { READ_LIMITS } from './read-endpoints.ts';
import { event, startServer, type TestAnswer, type TestServer } from './server.fixture.ts';

const BATCH = { accept: 'application/cloudevents-batch+json' };

async function filled(count: number, streamOf = (_index: number) => 's'): Promise<TestServer> {
  const server = await startServer();
  const writes = Array.from({ length: count }, (_, index) => {
    const stream = streamOf(index);
    const key = { source: '/test', id: `e${index}`, type: `t${index % 2}` };
    const text = JSON.stringify({ specversion: '1.0', ...key, subject: stream });
    return { stream, expected: 'any' as const, events: [{ ...key, text }] };
  });
  await server.store.append({ writes, conditions: [] });
  return server;
}

function idsOf({ text }: TestAnswer): string[] {
  const lines = text.startsWith('[') ? (JSON.parse(text) as unknown[]) : parsedLines(text);
  return lines.map((line) => (line as { id: string }).id);
}

function parsedLines(text: string): unknown[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as unknown);
}

test('a stream is NDJSON, one event a line, from a revision, up to a limit, either way', async () => {
  await using server = await filled(5);
  const all = await server.send('GET', '/streams/s');
  expect(all).toMatchObject({
    status: 200,
    headers: { 'content-type': 'application/x-ndjson', etag: '"4"' },
  });
  expect(all.text.endsWith('}\n')).toBe(true);
  expect(idsOf(all)).toEqual(['e0', 'e1', 'e2', 'e3', 'e4']);
  const ids = async (query: string) => idsOf(await server.send('GET', `/streams/s?${query}`));
  expect(await ids('from=3')).toEqual(['e3', 'e4']);
  expect(await ids('from=1&limit=2')).toEqual(['e1', 'e2']);
  expect(await ids('direction=backward&limit=2')).toEqual(['e4', 'e3']);
  expect(await ids('direction=backward&from=1')).toEqual(['e1', 'e0']);
  expect(await ids('from=9')).toEqual([]);
});

test('the log is read after a position, by type and stream', async () => {
  await using server = await filled(8, (index) => `s${index % 4}`);
  const ids = async (query: string) => idsOf(await server.send('GET', `/events?${query}`));
  expect(await ids('after=6')).toEqual(['e6', 'e7']);
  expect(await ids('limit=1')).toEqual(['e0']);
  expect(await ids('type=t1')).toEqual(['e1', 'e3', 'e5', 'e7']);
  expect(await ids('stream=s2')).toEqual(['e2', 'e6']);
  expect(await ids('after=99')).toEqual([]);
});

test('every event is the same line wherever it is read', async () => {
  await using server = await filled(3);
  const lines = (await server.send('GET', '/events')).text.trimEnd().split('\n');
  expect((await server.send('GET', '/streams/s')).text.trimEnd().split('\n')).toEqual(lines);
  const batch = await server.send('GET', '/events', { headers: BATCH });
  expect(batch.text).toBe(`[${lines.join(',')}]`);
  expect(batch.headers['content-type']).toBe('application/cloudevents-batch+json');
});

test.each(['/streams/s?', '/streams/s?direction=backward&', '/events?', '/events?type=t1&'])(
  'batches of %s lead to the end by their links, with nothing missed or twice',
  async (path) => {
    await using server = await filled(25);
    const whole = idsOf(await server.send('GET', path));
    const ids: string[] = [];
    const sizes: number[] = [];
    let next: string | undefined = `${path}limit=10`;
    while (next !== undefined) {
      const batch: TestAnswer = await server.send('GET', next, { headers: BATCH });
      sizes.push(idsOf(batch).length);
      ids.push(...idsOf(batch));
      next = /^<(.*)>; rel="next"$/.exec(String(batch.headers['link']))?.[1];
    }
    expect(ids).toEqual(whole);
    expect(sizes.slice(0, -1).every((size) => size === 10)).toBe(true);
    expect(sizes.at(-1)).toBeGreaterThan(0);
  },
);

test('a batch holds at most 1,000 events whatever limit is asked', async () => {
  await using server = await filled(READ_LIMITS.batchEvents + 1);
  const batch = await server.send('GET', '/events?limit=5000', { headers: BATCH });
  expect(idsOf(batch)).toHaveLength(READ_LIMITS.batchEvents);
  expect(batch.headers['link']).toBe('</events?limit=5000&after=1000>; rel="next"');
});

test('a batch of large events ends early and links on', async () => {
  await using server = await startServer();
  for (let index = 0; index < 20; index++) {
    const body = event(`e${index}`, { data: 'x'.repeat(900_000) });
    await server.send('POST', '/streams/s', {
      body,
      headers: { 'content-type': 'application/json' },
    });
  }
  const batch = await server.send('GET', '/streams/s', { headers: BATCH });
  expect(batch.text.length).toBeLessThan(READ_LIMITS.batchCharacters + 1_000_000);
  expect(batch.headers['link']).toContain('from=');
});

test('a stream that was never written is 404, for a read and for its head', async () => {
  await using server = await filled(1);
  for (const path of ['/streams/absent', '/streams/absent/head']) {
    expect(await server.send('GET', path)).toMatchObject({
      status: 404,
      json: { type: 'urn:fintech:problem:stream-not-found' },
    });
  }
});

test('heads name the revision, the position and the log', async () => {
  await using server = await filled(3);
  expect((await server.send('GET', '/streams/s/head')).json).toEqual({ stream: 's', revision: 2 });
  const { json } = await server.send('GET', '/head');
  expect(json).toEqual({ log: (await server.store.head()).log, position: '3' });
});

test.each([
  '/events?after=-1',
  '/events?after=1.5',
  '/events?after=',
  '/events?after=99999999999999999',
  '/events?limit=0',
  '/events?limit=1&limit=2',
  '/events?follow=yes',
  '/events?follow=true&limit=1',
  '/events?type=',
  '/events?from=1',
  '/streams/s?after=1',
  '/streams/s?direction=sideways',
])('%s is not understood', async (path) => {
  await using server = await filled(1);
  expect(await server.send('GET', path)).toMatchObject({
    status: 400,
    json: { type: 'urn:fintech:problem:bad-parameter' },
  });
});

test('the representation follows Accept, and none is 406', async () => {
  await using server = await filled(1);
  const typeOf = async (accept: string, path = '/events') => {
    const { status, headers } = await server.send('GET', path, { headers: { accept } });
    return status === 200 ? headers['content-type'] : status;
  };
  expect(await typeOf('*/*')).toBe('application/x-ndjson');
  expect(await typeOf('application/*;q=0.5')).toBe('application/x-ndjson');
  expect(await typeOf('application/x-ndjson;q=0.1, application/cloudevents-batch+json')).toBe(
    'application/cloudevents-batch+json',
  );
  expect(await typeOf('application/x-ndjson;q=0, */*')).toBe('application/cloudevents-batch+json');
  expect(await typeOf('application/json')).toBe('application/cloudevents-batch+json');
  expect(await typeOf('application/json', '/streams/s')).toBe('application/cloudevents-batch+json');
  expect(await typeOf('application/json;q=0.5, application/x-ndjson')).toBe('application/x-ndjson');
  expect(await typeOf('application/json', '/events?follow=true')).toBe(406);
  expect(await typeOf('text/html')).toBe(406);
  expect(await typeOf('text/event-stream', '/events?follow=true')).toBe(406);
});

test('HEAD answers as GET does, without the body', async () => {
  await using server = await filled(3);
  for (const path of ['/streams/s', '/events', '/events?follow=true', '/head', '/openapi.json']) {
    expect(await server.send('HEAD', path)).toMatchObject({ status: 200, text: '' });
  }
});
