import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { LightMyRequestResponse } from 'fastify';
import { BASE_PATH } from '../src/names.ts';
import { secretText } from '../src/signing/secret-text.ts';
import { nowS, Office } from './support/office.ts';

const DICTATED = [secretText(Buffer.alloc(24, 1)), secretText(Buffer.alloc(24, 2))] as const;
const VARIABLES = { INBOUND_ACME_PSP_SECRET: DICTATED.join(', ') };
const BODY = '{"type":"payout.paid","data":{"id":"po_1"}}';

let office: Office;
let secret: string;
before(async () => {
  office = await Office.open({ variables: VARIABLES });
  secret = await add('psp');
});
after(() => office[Symbol.asyncDispose]());

async function add(source: string): Promise<string> {
  const reply = await office.post('/sources', { source });
  assert.equal(reply.statusCode, 201, reply.body);
  return reply.json<{ secret: string }>().secret;
}

function codeOf(reply: LightMyRequestResponse): string {
  assert.match(String(reply.headers['content-type']), /^application\/problem\+json/);
  return String(reply.json<{ type: string }>().type.split(':').at(-1));
}

/** Data of the messages received so far. */
function received(): Record<string, unknown>[] {
  return office.store.events
    .filter(({ type }) => type.endsWith('.webhooks.received.v1'))
    .map(({ data }) => data as Record<string, unknown>);
}

async function refused(
  reply: Promise<LightMyRequestResponse>,
  [status, code]: [number, string],
): Promise<void> {
  const events = office.store.events.length;
  const answer = await reply;
  assert.deepEqual([answer.statusCode, codeOf(answer)], [status, code]);
  assert.equal(office.store.events.length, events, 'nothing was written');
}

describe('a webhook from outside', () => {
  it('is recorded once: 202, with its body letter by letter', async () => {
    const body = '{ "id": 12345678901234567890, "rate": 0.10, "big": 1e400, "name": "Zoë" }';
    const reply = await office.receive('psp', body, { secret, id: 'letter' });
    assert.deepEqual([reply.statusCode, reply.json()], [202, { duplicate: false }]);
    const data = received().find(({ messageId }) => messageId === 'letter');
    assert.equal(data?.['body'], body, 'no number was rounded');
    assert.equal(data?.['source'], 'psp');
    assert.equal(data?.['digest'], createHash('sha256').update(body).digest('hex'));
  });

  it('comes again: 200, and no second event', async () => {
    await office.receive('psp', BODY, { secret, id: 'twice' });
    const events = office.store.events.length;
    const later = nowS() + 60;
    const again = await office.receive('psp', BODY, { secret, id: 'twice', timestampS: later });
    assert.deepEqual([again.statusCode, again.json()], [200, { duplicate: true }]);
    assert.equal(office.store.events.length, events);
  });

  it('comes fifty times at once, at two instances: one event, one 202', async () => {
    await using other = await Office.open({ store: office.store, variables: VARIABLES });
    const replies = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        (index % 2 === 0 ? office : other).receive('psp', BODY, { secret, id: 'fifty' }),
      ),
    );
    const statuses = replies.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b);
    assert.deepEqual(statuses, [...Array<number>(49).fill(200), 202]);
    assert.equal(received().filter(({ messageId }) => messageId === 'fifty').length, 1);
  });

  it('is 409 when its id came with another body before', async () => {
    await office.receive('psp', BODY, { secret, id: 'other' });
    const other = office.receive('psp', BODY.replace('po_1', 'po_2'), { secret, id: 'other' });
    await refused(other, [409, 'message-differs']);
  });

  it('may have the id of one from another source', async () => {
    const bankSecret = await add('bank');
    await office.receive('psp', BODY, { secret, id: 'shared' });
    const reply = await office.receive('bank', BODY, { secret: bankSecret, id: 'shared' });
    assert.equal(reply.statusCode, 202);
  });

  it('is not delivered on', async () => {
    await office.register('http://127.0.0.1:9/', { eventTypes: ['*.*'] });
    await office.receive('psp', BODY, { secret, id: 'onward' });
    assert.deepEqual(await office.deliveries(), []);
  });
});

describe('a webhook that nobody signed', () => {
  it('is 401: another body, id, time, secret or kind of signature', async () => {
    const stranger = secretText(Buffer.alloc(32, 9));
    await refused(office.receive('psp', BODY, { secret: stranger }), [401, 'signature-invalid']);
    const changed = [
      { 'webhook-id': 'another' },
      { 'webhook-timestamp': String(nowS() - 7) },
      { 'webhook-signature': 'v1,AAAA' },
      { 'webhook-signature': 'v1a,c2lnbmF0dXJl' },
      { 'webhook-signature': 'nonsense' },
    ];
    for (const headers of changed) {
      await refused(office.receive('psp', BODY, { secret, headers }), [401, 'signature-invalid']);
    }
    const bankSecret = secretText(Buffer.alloc(24, 1));
    await refused(office.receive('psp', BODY, { secret: bankSecret }), [401, 'signature-invalid']);
  });

  it('is 400 without its three headers, or with odd ones', async () => {
    const odd = [
      { 'webhook-id': '' },
      { 'webhook-id': 'a.b' },
      { 'webhook-id': 'a b' },
      { 'webhook-id': 'x'.repeat(257) },
      { 'webhook-timestamp': '' },
      { 'webhook-timestamp': 'yesterday' },
      { 'webhook-timestamp': '-5' },
      { 'webhook-timestamp': `${nowS()}.5` },
      { 'webhook-timestamp': '9'.repeat(13) },
      { 'webhook-signature': '' },
      { 'webhook-signature': 'v1,a  v1,b' },
      { 'webhook-signature': 'v'.repeat(4097) },
    ];
    for (const headers of odd) {
      await refused(office.receive('psp', BODY, { secret, headers }), [400, 'invalid-request']);
    }
  });

  it('is told which header it lacks', async () => {
    const url = `${BASE_PATH}/inbound/psp`;
    const headers = { 'content-type': 'application/json' };
    const reply = await office.app.inject({ method: 'POST', url, headers, payload: BODY });
    assert.equal(reply.statusCode, 400);
    assert.match(reply.body, /webhook-id/);
  });

  it('is 404 from a source that nobody added', () =>
    refused(office.receive('stranger', BODY, { secret }), [404, 'source-unknown']));

  it('is 400 from a source that cannot be', async () => {
    for (const source of ['PSP', 'a_b', 'x'.repeat(33), '-a']) {
      await refused(office.receive(source, BODY, { secret }), [400, 'invalid-request']);
    }
  });
});

describe('a webhook that is signed but', () => {
  it('late or early by more than five minutes is 400 stale', async () => {
    for (const off of [-302, 302]) {
      const reply = office.receive('psp', BODY, { secret, id: 'old', timestampS: nowS() + off });
      await refused(reply, [400, 'stale']);
    }
    const times = [-295, 295];
    for (const [index, off] of times.entries()) {
      const draft = { secret, id: `near${index}`, timestampS: nowS() + off };
      assert.equal((await office.receive('psp', BODY, draft)).statusCode, 202);
    }
    const never = office.receive('psp', BODY, { secret, id: 'far', timestampS: 999_999_999_999 });
    await refused(never, [400, 'stale']);
  });

  it('no JSON is 400', async () => {
    for (const body of ['', 'hello', '{"a":', '\ufeff{}', '{"a":1} x']) {
      await refused(office.receive('psp', body, { secret, id: 'text' }), [400, 'malformed-json']);
    }
  });

  it('larger than 64 KiB is 413, and of 64 KiB is taken', async () => {
    const body = (bytes: number) => JSON.stringify('x'.repeat(bytes - 2));
    const most = await office.receive('psp', body(65_536), { secret, id: 'most' });
    assert.equal(most.statusCode, 202);
    const reply = await office.receive('psp', body(65_537), { secret, id: 'more' });
    assert.equal(reply.statusCode, 413);
  });

  it('of another content type, or of none, is taken: the signature covers the bytes', async () => {
    for (const [index, type] of ['text/plain', 'application/cloudevents+json'].entries()) {
      const headers = { 'content-type': type };
      const reply = await office.receive('psp', BODY, { secret, id: `type${index}`, headers });
      assert.equal(reply.statusCode, 202);
    }
  });
});

describe('the secret of a source', () => {
  it('is replaced: both are taken for the overlap, and the old one no more after it', async () => {
    let laterMs = 0;
    await using own = await Office.open({ now: () => new Date(Date.now() + laterMs) });
    const reply = await own.post('/sources', { source: 'psp' });
    const old = reply.json<{ secret: string }>().secret;
    const rotated = await own.post('/sources/psp/rotate-secret', { overlapS: 60 });
    const fresh = rotated.json<{ secret: string }>().secret;
    const status = async (secret: string, id: string) => {
      const timestampS = nowS() + laterMs / 1000;
      return (await own.receive('psp', BODY, { secret, id, timestampS })).statusCode;
    };
    assert.deepEqual([await status(old, 'a'), await status(fresh, 'b')], [202, 202]);
    laterMs = 61_000;
    assert.deepEqual([await status(old, 'c'), await status(fresh, 'd')], [401, 202]);
  });

  it('is the one of the environment where it is dictated, and then no other is made', async () => {
    for (const [index, dictated] of DICTATED.entries()) {
      const draft = { secret: dictated, id: `dictated${index}` };
      assert.equal((await office.receive('acme-psp', BODY, draft)).statusCode, 202);
    }
    await refused(office.receive('acme-psp', BODY, { secret }), [401, 'signature-invalid']);
    await refused(office.post('/sources', { source: 'acme-psp' }), [409, 'secret-dictated']);
    const rotation = office.post('/sources/acme-psp/rotate-secret', {});
    await refused(rotation, [409, 'secret-dictated']);
  });

  it('that is dictated stops the start when it is none, by a text that does not tell it', async () => {
    const variables = { INBOUND_PSP_SECRET: 'whsec_c2hvcnQ=' };
    await assert.rejects(Office.open({ variables }), ({ message }: Error) => {
      return message.includes('INBOUND_PSP_SECRET') && !message.includes('c2hvcnQ=');
    });
  });

  it('cannot be told by an instance with another master key: 503 until it is back', async () => {
    const other = Buffer.alloc(32, 6).toString('base64');
    const variables = { WEBHOOKS_MASTER_KEY: other };
    await using lost = await Office.open({ store: office.store, variables });
    const reply = await lost.receive('psp', BODY, { secret, id: 'lost' });
    assert.deepEqual([reply.statusCode, codeOf(reply)], [503, 'key-missing']);
  });
});
