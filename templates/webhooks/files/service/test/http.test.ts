import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { LightMyRequestResponse } from 'fastify';
import { BASE_PATH, SCOPES } from '../src/names.ts';
import { Office, type ShownDelivery } from './support/office.ts';
import { tokenWith } from './support/tokens.ts';

/** Nobody listens there. */
const HOOK = 'http://127.0.0.1:9/hooks';

let office: Office;
before(async () => {
  office = await Office.open({ variables: { RETRY_SCHEDULE_S: '3600' } });
});
after(() => office[Symbol.asyncDispose]());

const key = (name: string) => ({ 'idempotency-key': name });

function codeOf(reply: LightMyRequestResponse): string {
  assert.match(String(reply.headers['content-type']), /^application\/problem\+json/);
  return String(reply.json<{ type: string }>().type.split(':').at(-1));
}

async function refused(path: string, body: object | string, expected: [number, string]) {
  const reply = await office.post(path, body);
  assert.deepEqual([reply.statusCode, codeOf(reply)], expected, reply.body);
}

describe('an endpoint', () => {
  it('is registered: 201, where it is, its secret, and payments by default', async () => {
    const reply = await office.post('/endpoints', { url: HOOK });
    assert.equal(reply.statusCode, 201, reply.body);
    const { endpointId, secret, ...rest } = reply.json<Record<string, string>>();
    assert.deepEqual(rest, { url: HOOK, eventTypes: ['payments.*'] });
    assert.match(String(secret), /^whsec_[A-Za-z0-9+/]{43}=$/);
    assert.equal(reply.headers.location?.endsWith(`/endpoints/${endpointId}`), true);
  });

  it('is shown and listed without its secret', async () => {
    const about = { endpointId: 'shown', url: HOOK, eventTypes: ['a.b'], description: 'the shop' };
    await office.post('/endpoints', about);
    const shown = { ...about, status: 'enabled', secretVersion: 1 };
    assert.deepEqual((await office.get('/endpoints/shown')).json(), shown);
    const list = await office.get('/endpoints?limit=1000');
    const { endpoints } = list.json<{ endpoints: { endpointId: string }[] }>();
    assert.deepEqual(
      endpoints.find(({ endpointId }) => endpointId === 'shown'),
      shown,
    );
    assert.doesNotMatch(list.body, /whsec_/);
    assert.equal((await office.get('/endpoints/nobody')).statusCode, 404);
  });

  it('is listed page by page', async () => {
    await using own = await Office.open();
    for (const endpointId of ['a', 'b', 'c']) await own.register(HOOK, { endpointId });
    const first = (await own.get('/endpoints?limit=2')).json<{ next: string }>();
    assert.equal(first.next, 'b');
    const second = (await own.get('/endpoints?limit=2&after=b')).json<{ endpoints: object[] }>();
    assert.deepEqual([second.endpoints.length, 'next' in second], [1, false]);
  });

  it('is disabled and enabled, and says so', async () => {
    await office.post('/endpoints', { endpointId: 'switch', url: HOOK });
    const disabled = await office.post('/endpoints/switch/disable');
    assert.deepEqual(disabled.json(), { endpointId: 'switch', status: 'disabled' });
    await refused('/endpoints/switch/disable', '', [409, 'endpoint-disabled']);
    const shown = (await office.get('/endpoints/switch')).json<Record<string, string>>();
    assert.deepEqual([shown['status'], shown['reason']], ['disabled', 'requested']);
    await office.post('/endpoints/switch/enable');
    await refused('/endpoints/switch/enable', '', [409, 'endpoint-enabled']);
    await refused('/endpoints/nobody/enable', '', [404, 'endpoint-unknown']);
  });
});

describe('the same request twice', () => {
  it('gets the same answer, secret included, whatever has happened since', async () => {
    const body = { url: HOOK };
    const first = await office.post('/endpoints', body, key('k1'));
    const { endpointId } = first.json<{ endpointId: string }>();
    const path = `/endpoints/${endpointId}/rotate-secret`;
    const rotated = await office.post(path, {}, key('k2'));
    await office.post(path, {}, key('k3'));
    for (const [reply, again] of [
      [first, await office.post('/endpoints', body, key('k1'))],
      [rotated, await office.post(path, {}, key('k2'))],
    ] as const) {
      assert.equal(again.body, reply.body);
      assert.equal(again.statusCode, reply.statusCode);
      assert.equal(again.headers['idempotency-replayed'], 'true');
    }
    const secrets = [first, rotated].map((reply) => reply.json<{ secret: string }>().secret);
    assert.equal(new Set(secrets).size, 2);
  });

  it('is refused when its key was used for another one', async () => {
    await office.post('/endpoints', { url: HOOK }, key('k4'));
    const reply = await office.post('/endpoints', { url: `${HOOK}/other` }, key('k4'));
    assert.deepEqual([reply.statusCode, codeOf(reply)], [422, 'idempotency-key-reused']);
  });

  it('has one effect by its id alone', async () => {
    const body = { endpointId: 'same', url: HOOK };
    const first = await office.post('/endpoints', body);
    const again = await office.post('/endpoints', body);
    assert.deepEqual([again.statusCode, again.body], [200, first.body]);
    await refused('/endpoints', { ...body, url: `${HOOK}/other` }, [409, 'endpoint-exists']);
  });

  it('adds a source once, and tells its secret again', async () => {
    const first = await office.post('/sources', { source: 'psp' }, key('k5'));
    const again = await office.post('/sources', { source: 'psp' }, key('k5'));
    assert.deepEqual([first.statusCode, again.body], [201, first.body]);
  });
});

describe('a malformed request is 400', () => {
  const wrong: [string, object | string][] = [
    ['no url', {}],
    ['a url that is no text', { url: 5 }],
    ['an unknown member', { url: HOOK, secret: 'mine' }],
    ['an id with a slash', { url: HOOK, endpointId: 'a/b' }],
    ['no type', { url: HOOK, eventTypes: [] }],
    ['51 types', { url: HOOK, eventTypes: Array.from({ length: 51 }, (_, i) => `a.b${i}`) }],
    ['a type twice', { url: HOOK, eventTypes: ['a.b', 'a.b'] }],
    ['a type of seven segments', { url: HOOK, eventTypes: ['a.b.c.d.e.f.g'] }],
    ['half a star', { url: HOOK, eventTypes: ['payments.cap*'] }],
    ['a description of 201', { url: HOOK, description: 'x'.repeat(201) }],
    ['half a body', '{"url":'],
  ];
  for (const [name, body] of wrong) {
    it(name, async () => {
      const reply = await office.post('/endpoints', body);
      assert.equal(reply.statusCode, 400, reply.body);
    });
  }

  it('an overlap beyond a week, or below nothing', async () => {
    await office.post('/endpoints', { endpointId: 'overlap', url: HOOK });
    for (const overlapS of [604_801, -1, 1.5, '60']) {
      const reply = await office.post('/endpoints/overlap/rotate-secret', { overlapS });
      assert.equal(reply.statusCode, 400, reply.body);
    }
    const week = await office.post('/endpoints/overlap/rotate-secret', { overlapS: 604_800 });
    assert.equal(week.statusCode, 200);
  });

  it('a position that is no text of digits', async () => {
    for (const afterPosition of [5, '-1', 'x', '', '1'.repeat(16)]) {
      const reply = await office.post('/endpoints/overlap/replay', { afterPosition });
      assert.equal(reply.statusCode, 400, reply.body);
    }
  });

  it('filters that do not exist', async () => {
    for (const query of ['?status=lost', '?colour=red', '?limit=0', '?limit=1001', '?after=x']) {
      assert.equal((await office.get(`/deliveries${query}`)).statusCode, 400, query);
    }
  });
});

describe('what the rules forbid is 422, without repeating it', () => {
  it('targets that are none', async () => {
    for (const url of ['ftp://a.example/', 'https://user:hunter2@a.example/', 'nowhere']) {
      const reply = await office.post(
        '/endpoints',
        { url },
        key(`bad ${url.length}`.replace(' ', '-')),
      );
      assert.deepEqual([reply.statusCode, codeOf(reply)], [422, 'target-refused']);
      assert.doesNotMatch(reply.body, /hunter2/);
    }
    assert.doesNotMatch(JSON.stringify(office.store.events), /hunter2/);
  });

  it('a range with nothing in it', async () => {
    await office.post('/endpoints', { endpointId: 'range', url: HOOK });
    const range = { afterPosition: '7', upToPosition: '7' };
    await refused('/endpoints/range/replay', range, [422, 'range-empty']);
  });
});

describe('deliveries', () => {
  it('are found by endpoint, status and subject, page by page', async () => {
    await using own = await Office.open({ variables: { RETRY_SCHEDULE_S: '3600' } });
    await own.register(HOOK);
    await own.register(HOOK, { endpointId: 'e2' });
    for (const paymentId of ['a', 'b', 'c']) own.captured(paymentId);
    await own.post('/endpoints/e2/disable');
    const whole = await own.deliveries();
    assert.equal(whole.length, 6);
    assert.equal((await own.deliveries('?endpoint=e1')).length, 3);
    assert.equal((await own.deliveries('?subject=payments-payment-b')).length, 2);
    assert.equal((await own.deliveries('?status=dead')).length, 0);
    const pages: ShownDelivery[] = [];
    for (let after = '0'; after !== '';) {
      const reply = await own.get(`/deliveries?limit=4&after=${after}`);
      const page = reply.json<{ deliveries: ShownDelivery[]; next?: string }>();
      pages.push(...page.deliveries);
      after = page.next ?? '';
    }
    const ids = (some: ShownDelivery[]) => some.map(({ deliveryId }) => deliveryId);
    assert.deepEqual(ids(pages), ids(whole));
    const one = await own.get(`/deliveries/${whole[0]?.deliveryId}`);
    assert.equal(one.json<ShownDelivery>().subject, 'payments-payment-a');
    assert.equal((await own.get('/deliveries/msg_none')).statusCode, 404);
    assert.equal((await own.post('/deliveries/msg_none/retry')).statusCode, 404);
  });
});

describe('nobody enters', () => {
  it('without a token, or with one for something else', async () => {
    const headers = { authorization: '' };
    assert.equal((await office.post('/endpoints', { url: HOOK }, headers)).statusCode, 401);
    const authorization = `Bearer ${await tokenWith({ scope: SCOPES.read })}`;
    assert.equal(
      (await office.post('/endpoints', { url: HOOK }, { authorization })).statusCode,
      403,
    );
    const token = await tokenWith({ scope: SCOPES.write });
    assert.equal((await office.get('/deliveries', token)).statusCode, 403);
    assert.equal(
      (await office.post('/sources', { source: 'x' }, { authorization })).statusCode,
      403,
    );
  });
});

describe('a secret', () => {
  it('stands in no event, no table and no file but the answer', async () => {
    await using own = await Office.open({ variables: { WEBHOOKS_MASTER_KEY: '' } });
    const secrets = [await own.register(HOOK)];
    const replies = [
      await own.post('/endpoints/e1/rotate-secret', {}, key('r1')),
      await own.post('/sources', { source: 'psp' }, key('s1')),
      await own.post('/sources/psp/rotate-secret', {}, key('r2')),
    ];
    secrets.push(...replies.map((reply) => reply.json<{ secret: string }>().secret));
    own.captured('p1');
    await own.deliveries();
    const files = readdirSync(own.dataFolder);
    assert.ok(files.includes('read-model.db') && files.includes('master.key'), String(files));
    const kept = files.map((name) => readFileSync(join(own.dataFolder, name), 'latin1')).join();
    for (const secret of secrets) {
      const bare = secret.slice('whsec_'.length);
      assert.ok(bare.length > 40);
      for (const text of [kept, JSON.stringify(own.store.events)]) {
        assert.equal(text.includes(bare), false);
        assert.equal(text.includes(Buffer.from(bare, 'base64').toString('hex')), false);
        assert.equal(text.includes(Buffer.from(bare, 'base64').toString('latin1')), false);
      }
    }
  });
});

describe('the OpenAPI document', () => {
  it('says of every route how it is asked and what it answers', async () => {
    const reply = await office.app.inject({ url: '/openapi.json' });
    const { paths } = reply.json<{ paths: Record<string, Record<string, { summary?: string }>> }>();
    const routes = Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, { summary }]) => ({ method, path, summary })),
    );
    assert.equal(
      routes.every(({ summary }) => summary !== undefined),
      true,
    );
    const names = routes.map(({ method, path }) => `${method} ${path.replace(/^\/v1\/[^/]+/, '')}`);
    for (const name of [
      'post /endpoints/{id}/replay',
      'post /inbound/{source}',
      'get /deliveries',
    ]) {
      assert.ok(names.includes(name), names.join());
    }
  });

  it('says that a webhook is signed by three headers, and what it may hold', async () => {
    const reply = await office.app.inject({ url: '/openapi.json' });
    interface Operation {
      parameters: { name: string; in: string; required: boolean }[];
      requestBody?: { content: object };
    }
    const { paths } = reply.json<{ paths: Record<string, { post: Operation }> }>();
    const operation = paths[`${BASE_PATH}/inbound/{source}`]?.post;
    const headers = operation?.parameters.filter((parameter) => parameter.in === 'header');
    assert.deepEqual(
      headers?.map(({ name, required }) => [name, required]),
      ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => [name, true]),
    );
    assert.deepEqual(Object.keys(operation?.requestBody?.content ?? {}), ['*/*']);
  });
});
