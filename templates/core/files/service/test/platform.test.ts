import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, describe, it } from 'node:test';
import { createLocalJWKSet } from 'jose';
import { Agent } from 'undici';
import { createServer } from '../src/http/app.ts';
import { remoteKeys, verifyAccess } from '../src/platform/access.ts';
import { findService } from '../src/platform/discovery.ts';
import { readEnvironment } from '../src/platform/environment.ts';
import { type AppendRequest, HttpEventStore } from '../src/platform/event-store.ts';
import { jsonLines } from '../src/platform/json-lines.ts';
import { stayRegistered } from '../src/platform/registry.ts';
import { TokenSource } from '../src/platform/tokens.ts';
import { newTraceparent, traceIdOf } from '../src/platform/trace.ts';
import { ISSUER, tokenWith } from './support/tokens.ts';
import { httpFake, sendJson } from './support/http-fake.ts';

const dispatcher = new Agent();
after(() => dispatcher.destroy());
const { log } = createServer();
const soon = (ms = 2000) => AbortSignal.timeout(ms);

const append: AppendRequest = {
  writes: [
    {
      stream: 'demo-thing-a',
      expected: 'none',
      events: [
        {
          specversion: '1.0',
          id: '1',
          source: '/x',
          type: 'x',
          subject: 'demo-thing-a',
          time: '2027-01-01T00:00:00Z',
          datacontenttype: 'application/json',
          correlationid: 'c',
          traceparent: newTraceparent(),
          authtype: 'user',
          authid: 'u',
          data: {},
        },
      ],
    },
  ],
  conditions: [],
};

function tokensOf(tokenUrl: string, now: () => number = Date.now): TokenSource {
  const client = { id: 'demo', secret: 's/+ é' };
  const about = { resource: 'urn:fintech:events', scope: 'events:read' };
  return new TokenSource({ tokenUrl, client, dispatcher, now, ...about });
}

describe('the token of a service', () => {
  it('is fetched once for many callers, and again before it ends', async () => {
    await using issuer = await httpFake((_, reply) =>
      sendJson(reply, 200, { access_token: `t${issuer.seen.length}`, expires_in: 100 }),
    );
    let nowMs = 0;
    const tokens = tokensOf(issuer.url, () => nowMs);
    assert.deepEqual(await Promise.all([tokens.get(), tokens.get()]), ['t1', 't1']);
    nowMs = 79_999;
    assert.equal(await tokens.get(), 't1');
    nowMs = 80_000;
    assert.equal(await tokens.get(), 't2');
    tokens.forget('t1');
    assert.equal(await tokens.get(), 't2');
    tokens.forget('t2');
    assert.equal(await tokens.get(), 't3');
  });

  it('is asked for by client credentials, form-encoded, for one resource', async () => {
    await using issuer = await httpFake((_, reply) => sendJson(reply, 200, { access_token: 't' }));
    await tokensOf(issuer.url).get();
    const [{ headers, body } = { headers: {}, body: '' }] = issuer.seen;
    const basic = Buffer.from(String(headers.authorization).slice('Basic '.length), 'base64');
    assert.equal(basic.toString(), 'demo:s%2F%2B+%C3%A9');
    assert.equal(
      body,
      'grant_type=client_credentials&resource=urn%3Afintech%3Aevents&scope=events%3Aread',
    );
  });

  it('is not kept when the issuer refuses', async () => {
    await using issuer = await httpFake((_, reply) => sendJson(reply, 401, {}));
    const tokens = tokensOf(issuer.url);
    await assert.rejects(tokens.get(), /401/);
    await assert.rejects(tokens.get(), /401/);
    assert.equal(issuer.seen.length, 2);
  });
});

describe('the event store over HTTP', () => {
  async function storeOf(answer: Parameters<typeof httpFake>[0]) {
    const fake = await httpFake((seen, reply) => {
      if (seen.url === '/token') sendJson(reply, 200, { access_token: 't', expires_in: 60 });
      else answer(seen, reply);
    });
    const store = new HttpEventStore({
      url: fake.url,
      tokens: tokensOf(`${fake.url}/token`),
      dispatcher,
    });
    return { fake, store, calls: () => fake.seen.filter(({ url }) => url !== '/token') };
  }

  it('sends the very same append again until it is answered', async () => {
    let attempts = 0;
    const { fake, store, calls } = await storeOf((_, reply) => {
      attempts += 1;
      if (attempts === 1) reply.destroy();
      else if (attempts === 2) sendJson(reply, 503, {});
      else if (attempts === 3) sendJson(reply, 401, {});
      else sendJson(reply, 200, { writes: [{ positions: ['7', '8'] }], replayed: true });
    });
    await using _ = fake;
    assert.deepEqual(await store.append(append, soon()), { ok: true, position: 8 });
    assert.equal(new Set(calls().map(({ body }) => body)).size, 1);
    assert.equal(calls().length, 4);
    assert.equal(fake.seen.filter(({ url }) => url === '/token').length, 2);
    assert.equal(calls()[0]?.headers['authorization'], 'Bearer t');
  });

  it('tells a conflict from a fault and from silence', async () => {
    let status = 412;
    const { fake, store } = await storeOf((_, reply) => sendJson(reply, status, {}));
    await using _ = fake;
    assert.deepEqual(await store.append(append, soon()), { ok: false });
    status = 400;
    await assert.rejects(store.append(append, soon()), /refused an append with 400/);
    status = 503;
    await assert.rejects(store.append(append, soon(200)), { code: 'store-unavailable' });
  });

  it('is away when nobody listens, or the issuer gives no token', async () => {
    const url = 'http://127.0.0.1:1';
    const store = new HttpEventStore({ url, tokens: tokensOf(`${url}/token`), dispatcher });
    await assert.rejects(store.head(soon(200)), { code: 'store-unavailable' });
  });

  it('knows the head of the log and of a stream', async () => {
    const { fake, store } = await storeOf(({ url }, reply) => {
      if (url === '/head') sendJson(reply, 200, { log: 'l', position: '12' });
      else if (url === '/streams/a%2Fb/head') sendJson(reply, 200, { revision: 3 });
      else sendJson(reply, 404, {});
    });
    await using _ = fake;
    assert.deepEqual(await store.head(soon()), { log: 'l', position: 12 });
    assert.equal(await store.revisionOf('a/b', soon()), 3);
    assert.equal(await store.revisionOf('none', soon()), 'none');
  });

  it('follows in batches, and knows when it has caught up', async () => {
    const { fake, store } = await storeOf(({ url }, reply) => {
      assert.equal(url, '/events?follow=true&after=4');
      reply.writeHead(200);
      reply.write('{"globalposition":"5"}\n{"globalposition":"6"}\n{"control":"caught-up"}\n{"glo');
      setTimeout(() => reply.end('balposition":"7"}\n{"control":"token-expired"}\n'), 20);
    });
    await using _ = fake;
    const seen: [string[], boolean][] = [];
    for await (const { events, caughtUp } of store.follow(4, soon())) {
      seen.push([events.map(({ globalposition }) => globalposition), caughtUp]);
    }
    assert.deepEqual(seen, [
      [['5', '6'], true],
      [['7'], false],
    ]);
  });
});

describe('JSON lines', () => {
  const read = (chunks: string[], longest: number) =>
    Array.fromAsync(jsonLines(Readable.from(chunks.map((chunk) => Buffer.from(chunk))), longest));

  it('are put together across chunks', async () => {
    assert.deepEqual(await read(['{"a":', '1}\n\n{"b":2}\n{"c"', ':"é"}\n'], 100), [
      [{ a: 1 }, { b: 2 }],
      [{ c: 'é' }],
    ]);
  });

  it('are no longer than the limit, and objects', async () => {
    await assert.rejects(read(['x'.repeat(6), 'x'.repeat(5)], 10), /longer than 10/);
    await assert.rejects(read(['1\n'], 10), /no JSON object/);
    await assert.rejects(read(['{\n'], 10), SyntaxError);
  });
});

describe('the registry', () => {
  it('is told once, kept informed, told again when it forgot, and told when we leave', async () => {
    let forgets = true;
    await using consul = await httpFake(({ url }, reply) => {
      const forgotten = url.startsWith('/v1/agent/check/pass') && forgets;
      if (forgotten) forgets = false;
      reply.writeHead(forgotten ? 404 : 200).end();
    });
    const stopping = new AbortController();
    const registered = stayRegistered(
      {
        url: consul.url,
        token: 'secret',
        service: 'ledger',
        instance: 'ledger-1',
        address: { host: '127.0.0.1', port: 4001 },
        dispatcher,
        log,
      },
      stopping.signal,
    );
    while (consul.seen.length < 4) await sleep(20);
    stopping.abort();
    await registered;
    assert.deepEqual(
      consul.seen.map(({ url }) => url),
      [
        '/v1/agent/service/register',
        '/v1/agent/check/pass/service:ledger-1',
        '/v1/agent/service/register',
        '/v1/agent/check/pass/service:ledger-1',
        '/v1/agent/service/deregister/ledger-1',
      ],
    );
    const [first] = consul.seen;
    assert.equal(first?.headers['x-consul-token'], 'secret');
    const { Check, ...entry } = JSON.parse(first?.body ?? '') as Record<string, unknown>;
    const address = { Address: '127.0.0.1', Port: 4001 };
    assert.deepEqual(entry, { ID: 'ledger-1', Name: 'ledger', ...address });
    assert.deepEqual(Check, {
      CheckID: 'service:ledger-1',
      TTL: '10s',
      Status: 'passing',
      DeregisterCriticalServiceAfter: '1m',
    });
  });

  it('finds a healthy instance, unless a variable says where', async () => {
    await using consul = await httpFake(({ url }, reply) => {
      assert.equal(url.endsWith('?passing=1'), true);
      const node = { Node: { Address: '127.0.0.1' }, Service: { Address: '', Port: 4002 } };
      sendJson(reply, 200, [node].slice(url.includes('none') ? 1 : 0));
    });
    const from = { variables: {}, registryUrl: consul.url, dispatcher };
    assert.equal(await findService('accounts', from), 'http://127.0.0.1:4002');
    await assert.rejects(findService('none', from), /no healthy instance/);
    const fixed = { ...from, variables: { MY_ACCOUNTS_URL: 'https://a.example/' } };
    assert.equal(await findService('my-accounts', fixed), 'https://a.example');
    await assert.rejects(
      findService('accounts', { ...from, registryUrl: undefined }),
      /nothing says where/,
    );
  });
});

describe('a caller', () => {
  it('cannot be judged without keys: that is not the fault of the token', async () => {
    await using issuer = await httpFake((_, reply) => sendJson(reply, 500, {}));
    const credentials = { authorization: `Bearer ${await tokenWith()}` };
    const about = { issuer: ISSUER, audience: 'api' };
    const keys = remoteKeys(`${issuer.url}/jwks`);
    const verdict = await verifyAccess(credentials, { ...about, keys });
    assert.deepEqual(verdict, { ok: false, reason: 'keys-unavailable' });
    const none = createLocalJWKSet({ keys: [] });
    const other = await verifyAccess(credentials, { ...about, keys: none });
    assert.deepEqual(other, { ok: false, reason: 'invalid' });
  });
});

describe('the environment', () => {
  const complete = {
    FINTECH_EVENTS_URL: 'http://127.0.0.1:2113/',
    FINTECH_ISSUER: 'http://127.0.0.1:9080',
    FINTECH_JWKS_URL: 'http://127.0.0.1:9080/jwks',
    FINTECH_TOKEN_URL: 'http://127.0.0.1:9080/token',
    FINTECH_CLIENT_ID: 'ledger',
    FINTECH_CLIENT_SECRET: 'secret',
  };

  it('is read with its defaults', () => {
    const { eventsUrl, host, port, registry, advertise } = readEnvironment(complete);
    assert.deepEqual([eventsUrl, host, port], ['http://127.0.0.1:2113', '127.0.0.1', 0]);
    assert.deepEqual(advertise, { host: '127.0.0.1', port: undefined });
    assert.equal(registry, undefined);
  });

  it('names everything that is missing or wrong at once, and no secret', () => {
    const wrong = { ...complete, PORT: '70000', FINTECH_JWKS_URL: 'nix', FINTECH_CLIENT_ID: '' };
    assert.throws(
      () => readEnvironment(wrong),
      /FINTECH_CLIENT_ID is not set|PORT is no port; FINTECH_JWKS_URL is no URL/,
    );
    assert.throws(() => readEnvironment({ ...complete, PORT: '4a' }), /PORT is no port/);
  });
});

describe('a trace', () => {
  it('goes on where its header is well formed, else begins', () => {
    const traceId = 'a'.repeat(32);
    assert.equal(traceIdOf(newTraceparent(traceId)), traceId);
    for (const wrong of [undefined, '', `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01`, 'x']) {
      assert.match(traceIdOf(wrong), /^[0-9a-f]{32}$/);
    }
    assert.notEqual(traceIdOf(undefined), traceIdOf(undefined));
  });
});
