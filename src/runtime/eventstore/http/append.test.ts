import { expect, test } from 'vitest';
import { systemRandom } from '../../../kernel/random.ts';
import { systemClock } from '../../../kernel/time.ts';
import { EVENT_LIMITS } from '../../../model/event.ts';
import type { AppendOutcome } from '../contract.ts';
import { openMemoryStore } from '../engines/memory.ts';
import { MAX_CONDITIONS } from './append-request.ts';
import { event, startServer } from './server.fixture.ts';

const type = { 'content-type': 'application/json' };
const post = (body: unknown, headers: Record<string, string> = {}) => ({
  body,
  headers: { ...type, ...headers },
});

test('an event is appended with 201, its place and an entity tag', async () => {
  await using server = await startServer();
  const answer = await server.send('POST', '/streams/s', post(event('a')));
  expect(answer).toMatchObject({ status: 201, headers: { etag: '"0"' } });
  expect(answer.json).toEqual({ stream: 's', revision: 0, positions: ['1'], replayed: false });
});

test('a batch is appended as one, and replayed with 200 and its first places', async () => {
  await using server = await startServer();
  const batch = [event('a'), event('b')];
  const headers = { 'content-type': 'application/cloudevents-batch+json; charset=UTF-8' };
  expect(await server.send('POST', '/streams/s', { body: batch, headers })).toMatchObject({
    status: 201,
    json: { revision: 1, positions: ['1', '2'], replayed: false },
  });
  await server.send('POST', '/streams/s', post(event('c')));
  expect(await server.send('POST', '/streams/s', post(batch))).toMatchObject({
    status: 200,
    headers: { etag: '"1"' },
    json: { revision: 1, positions: ['1', '2'], replayed: true },
  });
});

test('a retry may differ in white space, member order and a subject left out', async () => {
  await using server = await startServer();
  const sent = '{"specversion":"1.0","id":"a","source":"/s","type":"t","data":{"x":1.0,"y":2}}';
  const again =
    ' {"data":{"y":2, "x":1.0},"type":"t","source":"/s","id":"\\u0061","subject":"s","specversion":"1.0"}';
  await server.send('POST', '/streams/s', post(sent));
  expect(await server.send('POST', '/streams/s', post(again))).toMatchObject({ status: 200 });
  const digits = sent.replace('1.0,', '1.00,');
  expect(await server.send('POST', '/streams/s', post(digits))).toMatchObject({
    status: 409,
    json: { type: 'urn:fintech:problem:id-reuse', events: [{ source: '/s', id: 'a' }] },
  });
});

test('digits beyond 2^53 and member order come back as they were sent', async () => {
  await using server = await startServer();
  const sent =
    '{"z":9,"id":"a","type":"t","source":"/s","specversion":"1.0","data":[90071992547409931,1e999]}';
  await server.send('POST', '/streams/s', post(sent));
  const { text } = await server.send('GET', '/events');
  expect(text.startsWith(`${sent.slice(0, -1)},"subject":"s","streamrevision":0,`)).toBe(true);
});

test('a subject of null is absent', async () => {
  await using server = await startServer();
  await server.send('POST', '/streams/s', post(event('a', { subject: null })));
  const { text } = await server.send('GET', '/streams/s');
  expect(text.match(/"subject":"s"/g)).toHaveLength(1);
  expect(text).not.toContain('null');
});

test.each([
  [{ 'if-none-match': '*' }, 201, 412],
  [{ 'if-match': '*' }, 412, 201],
  [{ 'if-match': '"0"' }, 412, 201],
  [{ 'if-match': '"1"' }, 412, 412],
  [{}, 201, 201],
] as const)('%j on an absent stream is %i, at revision 0 %i', async (headers, absent, present) => {
  await using server = await startServer();
  const first = await server.send('POST', '/streams/a', post(event('a'), headers));
  expect(first.status).toBe(absent);
  await server.send('POST', '/streams/b', post(event('b')));
  const second = await server.send('POST', '/streams/b', post(event('c'), headers));
  expect(second.status).toBe(present);
});

test('a miss names what was expected and what was found', async () => {
  await using server = await startServer();
  const { json } = await server.send('POST', '/streams/s', post(event('a'), { 'if-match': '"7"' }));
  expect(json).toMatchObject({
    type: 'urn:fintech:problem:revision-mismatch',
    failures: [{ stream: 's', expected: 7, actual: 'none' }],
  });
});

test.each([
  { 'if-match': '7' },
  { 'if-match': '""' },
  { 'if-match': '"07"' },
  { 'if-match': '"-1"' },
  { 'if-match': 'W/"7"' },
  { 'if-match': '"7", "8"' },
  { 'if-match': '"9999999999999999"' },
  { 'if-none-match': '"7"' },
  { 'if-none-match': '*, "7"' },
  { 'if-match': '*', 'if-none-match': '*' },
])('%j is not understood', async (headers) => {
  await using server = await startServer();
  const answer = await server.send('POST', '/streams/s', post(event('a'), headers));
  expect(answer).toMatchObject({
    status: 400,
    json: { type: 'urn:fintech:problem:bad-precondition' },
  });
});

test('several streams are appended to as one, under conditions', async () => {
  await using server = await startServer();
  await server.send('POST', '/streams/limit', post(event('l')));
  const writes = [
    { stream: 'from', expected: 'none', events: [event('a')] },
    { stream: 'to', expected: 'any', events: [event('b'), event('c')] },
    { stream: 'from', expected: 0, events: [event('d')] },
  ];
  const refused = { writes, conditions: [{ stream: 'limit', expected: 'none' }] };
  expect(await server.send('POST', '/append', post(refused))).toMatchObject({
    status: 412,
    json: { failures: [{ stream: 'limit', expected: 'none', actual: 0 }] },
  });
  const accepted = { writes, conditions: [{ stream: 'limit', expected: 0 }] };
  const body = {
    writes: [
      { stream: 'from', revision: 0, positions: ['2'] },
      { stream: 'to', revision: 1, positions: ['3', '4'] },
      { stream: 'from', revision: 1, positions: ['5'] },
    ],
  };
  const first = await server.send('POST', '/append', post(accepted));
  expect([first.status, first.json]).toEqual([201, { ...body, replayed: false }]);
  const again = await server.send('POST', '/append', post(refused));
  expect([again.status, again.json]).toEqual([200, { ...body, replayed: true }]);
});

const refusals: Record<string, [path: string, body: unknown, status: number, code: string]> = {
  'an empty body': ['/streams/s', '', 400, 'bad-json'],
  'broken JSON': ['/streams/s', '{"id":', 400, 'bad-json'],
  'a byte order mark': ['/streams/s', '\ufeff{}', 400, 'bad-json'],
  'bytes that are not UTF-8': ['/streams/s', Buffer.from([0x22, 0xff, 0x22]), 400, 'bad-encoding'],
  'a member twice': ['/streams/s', '{"id":"a","id":"b"}', 400, 'duplicate-member'],
  'no event': ['/streams/s', '7', 400, 'bad-event'],
  'an event without type': ['/streams/s', event('a', { type: undefined }), 400, 'bad-event'],
  'an attribute of the store': [
    '/streams/s',
    event('a', { streamrevision: null }),
    400,
    'reserved-attribute',
  ],
  'another subject': ['/streams/s', event('a', { subject: 't' }), 400, 'subject-mismatch'],
  'an empty batch': ['/streams/s', [], 400, 'empty-append'],
  'an id twice': ['/streams/s', [event('a'), event('b'), event('a')], 400, 'duplicate-id'],
  'an id twice over streams': [
    '/append',
    { writes: ['s', 't'].map((stream) => ({ stream, events: [event('a')] })) },
    400,
    'duplicate-id',
  ],
  'a stream name of 257 bytes': [`/streams/${'x'.repeat(257)}`, event('a'), 400, 'bad-stream-name'],
  'a stream name of 258 encoded bytes': [
    `/streams/${'%C3%A9'.repeat(129)}`,
    event('a'),
    400,
    'bad-stream-name',
  ],
  'an empty stream name': ['/streams/', event('a'), 400, 'bad-stream-name'],
  'a control character in a stream name': ['/streams/a%0Ab', event('a'), 400, 'bad-stream-name'],
  'a broken percent sign': ['/streams/a%zz', event('a'), 400, 'bad-request'],
  'a percent-encoded byte that is not UTF-8': ['/streams/%ff', event('a'), 400, 'bad-request'],
  'no writes': ['/append', { writes: [] }, 400, 'empty-append'],
  'a write without events': [
    '/append',
    { writes: [{ stream: 's', events: [] }] },
    400,
    'empty-append',
  ],
  'an array for /append': ['/append', [], 400, 'bad-request'],
  'an unknown member': ['/append', { writes: [], mode: 'any' }, 400, 'bad-request'],
  'a write without stream': ['/append', { writes: [{ events: [event('a')] }] }, 400, 'bad-request'],
  'an unknown expectation': [
    '/append',
    { writes: [{ stream: 's', expected: 'empty', events: [event('a')] }] },
    400,
    'bad-request',
  ],
  'a negative revision': [
    '/append',
    { writes: [{ stream: 's', expected: -1, events: [event('a')] }] },
    400,
    'bad-request',
  ],
  'a condition that expects nothing': [
    '/append',
    { writes: [{ stream: 's', events: [event('a')] }], conditions: [{ stream: 't' }] },
    400,
    'bad-request',
  ],
  'too many conditions': [
    '/append',
    {
      writes: [{ stream: 's', events: [event('a')] }],
      conditions: Array.from({ length: MAX_CONDITIONS + 1 }, () => ({
        stream: 't',
        expected: 'any',
      })),
    },
    413,
    'append-too-large',
  ],
  'an event of more than 1 MiB': [
    '/streams/s',
    event('a', { data: 'x'.repeat(EVENT_LIMITS.eventBytes) }),
    413,
    'event-too-large',
  ],
  'more than 1,000 events': [
    '/streams/s',
    Array.from({ length: EVENT_LIMITS.appendEvents + 1 }, (_, index) => event(`e${index}`)),
    413,
    'append-too-large',
  ],
  'more than 8 MiB': [
    '/streams/s',
    ' '.repeat(EVENT_LIMITS.appendBytes + 1),
    413,
    'append-too-large',
  ],
};

test.each(Object.entries(refusals))('%s is refused', async (_title, [path, body, status, code]) => {
  await using server = await startServer();
  const answer = await server.send('POST', path, post(body));
  expect([answer.status, answer.json['type']]).toEqual([status, `urn:fintech:problem:${code}`]);
  expect(answer.headers['content-type']).toBe('application/problem+json');
  expect(answer.json).toMatchObject({
    status,
    title: expect.any(String),
    detail: expect.any(String),
  });
  expect((await server.store.head()).position).toBe(0);
});

test('a refusal points at the event in the body', async () => {
  await using server = await startServer();
  const bad = event('b', { type: '' });
  const pointers = [
    await server.send('POST', '/streams/s', post(bad)),
    await server.send('POST', '/streams/s', post([event('a'), bad])),
    await server.send('POST', '/append', post({ writes: [{ stream: 's', events: [bad] }] })),
  ].map(({ json }) => json['pointer']);
  expect(pointers).toEqual(['', '/1', '/writes/0/events/0']);
});

test('1,000 events, an event of 1 MiB and a stream name of 256 bytes are taken', async () => {
  await using server = await startServer();
  const many = Array.from({ length: EVENT_LIMITS.appendEvents }, (_, index) => event(`e${index}`));
  expect(await server.send('POST', '/streams/s', post(many))).toMatchObject({ status: 201 });
  const frame = JSON.stringify(event('big', { data: '', subject: 's' })).length;
  const big = event('big', { data: 'x'.repeat(EVENT_LIMITS.eventBytes - frame), subject: 's' });
  expect(await server.send('POST', '/streams/s', post(big))).toMatchObject({ status: 201 });
  const name = '%C3%A9'.repeat(EVENT_LIMITS.streamNameBytes / 2);
  expect(await server.send('POST', `/streams/${name}`, post(event('n')))).toMatchObject({
    status: 201,
  });
});

test('a stream name is percent-decoded once', async () => {
  await using server = await startServer();
  await server.send('POST', '/streams/a%2Fb%252F%20%3F', post(event('a')));
  expect(await server.store.streamRevision('a/b%2F ?')).toBe(0);
  const { json } = await server.send('GET', '/streams/a%2Fb%252F%20%3F/head');
  expect(json).toEqual({ stream: 'a/b%2F ?', revision: 0 });
});

test.each([
  { 'content-type': 'text/plain' },
  {},
  { 'content-type': 'application/json; charset=latin1' },
  { 'content-type': 'application/json', 'content-encoding': 'gzip' },
  { 'content-type': 'application/json', 'ce-specversion': '1.0', 'ce-id': 'a' },
])('a body sent as %j is not supported', async (headers) => {
  await using server = await startServer();
  const answer = await server.send('POST', '/streams/s', { body: event('a'), headers });
  expect([answer.status, answer.json['type']]).toEqual([
    415,
    'urn:fintech:problem:unsupported-media-type',
  ]);
});

test('the media type and the shape of the body must agree', async () => {
  await using server = await startServer();
  const as = (contentType: string, body: unknown) =>
    server.send('POST', '/streams/s', { body, headers: { 'content-type': contentType } });
  const statuses = [
    (await as('application/cloudevents+json', [event('a')])).status,
    (await as('application/cloudevents-batch+json', event('a'))).status,
    (await as('Application/CloudEvents+JSON', event('a'))).status,
  ];
  expect(statuses).toEqual([400, 400, 201]);
});

test.each([
  [{ kind: 'unavailable', detail: 'disk full' }, 'store-unavailable'],
  [{ kind: 'outcome-unknown', detail: 'disk I/O error' }, 'outcome-unknown'],
] as const)('%j is answered 503', async (outcome: AppendOutcome, code) => {
  const memory = openMemoryStore({ clock: systemClock, random: systemRandom });
  const store = { ...memory, append: async () => outcome };
  await using server = await startServer({ store });
  const answer = await server.send('POST', '/streams/s', post(event('a')));
  expect(answer).toMatchObject({
    status: 503,
    headers: { 'retry-after': '1' },
    json: { type: `urn:fintech:problem:${code}` },
  });
});
