import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect, test } from 'vitest';
import { systemRandom } from '../../../kernel/random.ts';
import { systemClock } from '../../../kernel/time.ts';
import { openMemoryStore } from '../engines/memory.ts';
import { openapi } from './openapi.ts';
import { PROBLEMS } from './refusal.ts';
import { eventEndpoints } from './server.ts';
import { event, startServer, type TestAnswer } from './server.fixture.ts';

const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);
ajv.addSchema({ $id: 'openapi', components: openapi.components });

function violations(schema: string, value: unknown): unknown {
  ajv.validate({ $ref: `openapi#/components/schemas/${schema}` }, value);
  return ajv.errors ?? [];
}

test('the document has every endpoint with its scope, and no other', () => {
  const described = Object.entries(openapi.paths).flatMap(([path, item]) =>
    ['get', 'post'].flatMap((method) => {
      const operation = item[method] as { security: { token?: string[] }[] } | undefined;
      const scopes = operation?.security.flatMap(({ token = [] }) => token).join();
      return operation === undefined ? [] : [`${method} ${path} ${scopes}`];
    }),
  );
  const endpoints = eventEndpoints({
    store: openMemoryStore({ clock: systemClock, random: systemRandom }),
    clock: systemClock,
    stopping: new AbortController().signal,
  });
  const served = endpoints.map(({ method, path, scope = '' }) =>
    [method.toLowerCase(), path.replace(/:(\w+)/g, '{$1}'), scope].join(' '),
  );
  expect(described.sort()).toEqual(served.sort());
});

test('every problem of an operation is described', () => {
  const text = JSON.stringify(openapi);
  // These can befall any request, or none that the document describes.
  const anywhere = new Set(['not-found', 'method-not-allowed', 'internal']);
  const missing = Object.keys(PROBLEMS).filter(
    (code) => !anywhere.has(code) && !text.includes(`\`${code}\``),
  );
  expect(missing).toEqual([]);
});

test('every reference leads somewhere', () => {
  const names = [...JSON.stringify(openapi).matchAll(/#\/components\/schemas\/(\w+)/g)];
  const schemas = Object.keys(openapi.components.schemas);
  expect(schemas).toEqual(expect.arrayContaining(names.map(([, name]) => name)));
});

test('real answers are as described', async () => {
  await using server = await startServer();
  const headers = { 'content-type': 'application/json' };
  const writes = [{ stream: 't', expected: 'none', events: [event('b')] }];
  const answers: [schema: string, answer: TestAnswer][] = [
    ['AppendedToStream', await server.send('POST', '/streams/s', { body: event('a'), headers })],
    ['Appended', await server.send('POST', '/append', { body: { writes }, headers })],
    ['StreamHead', await server.send('GET', '/streams/s/head')],
    ['LogHead', await server.send('GET', '/head')],
    ['Problem', await server.send('GET', '/streams/absent')],
  ];
  for (const [schema, { json }] of answers)
    expect([schema, violations(schema, json)]).toEqual([schema, []]);
  expect(violations('AppendRequest', { writes })).toEqual([]);
  const batch = await server.send('GET', '/events', {
    headers: { accept: '*/*, application/x-ndjson;q=0' },
  });
  expect(violations('Events', JSON.parse(batch.text))).toEqual([]);
  expect((await server.send('GET', '/openapi.json', { token: null })).json).toEqual(openapi);
});
