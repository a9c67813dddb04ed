import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { VerifyConfig } from '../model/verify-config.ts';
import { CLOUD_EVENTS } from '../verify/source/cloud-events.ts';
import type { Context } from './context.ts';
import { tokenBench } from './tokens.fixture.ts';
import { openSources, sourcesToRead } from './verify-sources.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

type Answer = (path: string) => { status: number; body: string; cut?: true };

/** A store that answers so, and remembers what it was asked. */
async function store(answer: Answer) {
  const asked: { path: string; headers: IncomingHttpHeaders }[] = [];
  const server = createServer(({ url = '', headers }, response) => {
    asked.push({ path: url, headers });
    const { status, body, cut } = answer(url);
    response.writeHead(status, { location: 'http://127.0.0.1:1/', 'content-length': body.length });
    if (cut === true) response.write(body.slice(0, -1), () => response.destroy());
    else response.end(body);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const open = (context: Context, names: string[], config: VerifyConfig = {}) =>
  openSources(context, sourcesToRead(names, config), {
    folder: context.cwd,
    readingOf: () => CLOUD_EVENTS,
  });

async function read(context: Context, names: string[], config: VerifyConfig = {}) {
  await using opened = await open(context, names, config);
  const chunks: Uint8Array[] = [];
  for (const { parts } of opened.sources) {
    for (const part of parts) for await (const chunk of part.open()) chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

const withToken = (context: Context, token = 'secret-token'): Context => ({
  ...context,
  environment: { ...context.environment, FINTECH_TOKEN: token },
});

test('a source is named by its name, else by where it is', () => {
  const names = sourcesToRead([], {
    sources: [
      'sandbox',
      'log.ndjson',
      { files: ['a.csv', 'b*.csv'] },
      { name: 'topic', files: 'dump/*' },
      { url: 'https://events.example.org/events?key=secret' },
      { postgres: 'postgres://u:secret@host/db', table: 'public.entries', orderBy: 'id' },
    ],
  }).map(({ name }) => name);
  expect(names).toEqual([
    'sandbox',
    'log.ndjson',
    'a.csv, b*.csv',
    'topic',
    'https://events.example.org',
    'public.entries',
  ]);
});

test('without any the sandbox is read, and names on the command line come before fintech.yaml', () => {
  expect(sourcesToRead([], {})).toEqual([{ sandbox: true, name: 'sandbox' }]);
  expect(sourcesToRead(['-'], { sources: ['sandbox'] })).toEqual([{ files: '-', name: '-' }]);
});

test.each<[string, VerifyConfig, string]>([
  ['no place', { sources: [{ name: 'x' }] }, 'a source of verify.sources says no place'],
  [
    'two places',
    { sources: [{ name: 'x', files: 'a', sandbox: true }] },
    'a source of verify.sources says more than one place',
  ],
  ['a name twice', { sources: ['sandbox', { sandbox: true }] }, 'two sources are called sandbox'],
])('a configuration with %s is refused', (_, config, message) => {
  expect(() => sourcesToRead([], config)).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID', message }),
  );
});

test('an address of another kind is refused, and not repeated', () => {
  const refused = () => sourcesToRead(['postgres://u:s3cret@host/db'], {});
  expect(refused).toThrow('an address is read where it is http:// or https://');
  expect(refused).not.toThrow('s3cret');
});

test('an event store is read by FINTECH_TOKEN, from its root, however its address ends', async () => {
  using bench = tokenBench();
  const { url, asked } = await store(() => ({ status: 200, body: '{"id":"1"}\n' }));
  for (const ending of ['', '/', '/events', '/events/']) {
    expect(await read(withToken(bench.context), [`${url}${ending}`])).toBe('{"id":"1"}\n');
  }
  expect(asked.map(({ path }) => path)).toEqual(Array(4).fill('/events'));
  expect(asked[0]?.headers.authorization).toBe('Bearer secret-token');
});

test('an event store is read by a token of the workspace, where there is one', async () => {
  using bench = tokenBench('name: bank\n');
  const { url, asked } = await store(() => ({ status: 200, body: '' }));
  expect(await read(bench.context, [url])).toBe('');
  const [, payload = ''] = asked[0]?.headers.authorization?.split('.') ?? [];
  expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({
    scope: 'events:read',
  });
});

test('without a token the store is not asked', async () => {
  using bench = tokenBench();
  const { url, asked } = await store(() => ({ status: 200, body: '' }));
  await expect(read(bench.context, [url])).rejects.toMatchObject({ code: 'USAGE_MISSING_VALUE' });
  expect(asked).toEqual([]);
});

test('the log of a store has its own UUID as its origin', async () => {
  using bench = tokenBench();
  const { url } = await store(() => ({ status: 200, body: '{"log":"uuid","position":"0"}' }));
  await using opened = await open(withToken(bench.context), [url]);
  expect(await opened.sources[0]?.origin?.()).toBe('uuid');
});

test.each<[string, Answer, object]>([
  [
    'that refuses the token',
    () => ({ status: 401, body: '{"title":"who are you?"}' }),
    { code: 'EVENTS_REFUSED', message: 'who are you?', hint: expect.stringContaining('token') },
  ],
  [
    'that points elsewhere, where the token is not sent',
    () => ({ status: 302, body: '' }),
    { code: 'EVENTS_REFUSED', message: 'the event store answered 302' },
  ],
  [
    'that breaks off',
    () => ({ status: 200, body: '{"id":"1"}\n', cut: true }),
    { code: 'EVENTS_UNREACHABLE', message: expect.stringContaining('stopped answering') },
  ],
])('a store %s is an error', async (_, answer, error) => {
  using bench = tokenBench();
  const { url } = await store(answer);
  await expect(read(withToken(bench.context), [url])).rejects.toMatchObject(error);
});

test('a store that is not there is an error', async () => {
  using bench = tokenBench();
  await expect(read(withToken(bench.context), ['http://127.0.0.1:1'])).rejects.toMatchObject({
    code: 'EVENTS_UNREACHABLE',
  });
});

test.each(['http://u:s3cret@host', 'https://'])('%s is refused', (address) => {
  const refused = () => sourcesToRead([address], {});
  expect(refused).toThrow(expect.objectContaining({ code: 'USAGE_INVALID' }));
  expect(refused).not.toThrow('s3cret');
});

test('a table needs an order, else it is no log', async () => {
  using bench = tokenBench();
  const sources = [{ name: 'rows', postgres: 'postgres://u:s3cret@127.0.0.1:1/db', table: 't' }];
  await expect(open(bench.context, [], { sources })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: 'source rows is of postgres, and needs `table` and `orderBy`',
  });
});

test('a database that is not there is an error without its address', async () => {
  using bench = tokenBench();
  const postgres = 'postgres://u:s3cret@127.0.0.1:1/db';
  const sources = [{ name: 'rows', postgres, table: 't', orderBy: 'id' }];
  await expect(open(bench.context, [], { sources })).rejects.toMatchObject({
    code: 'VERIFY_SOURCE',
    message: 'cannot read rows: nothing listens at its address',
  });
});
