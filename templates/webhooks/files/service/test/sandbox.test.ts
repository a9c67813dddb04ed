import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { Agent } from 'undici';
import { BASE_PATH, SERVICE, SOURCE, WORKSPACE } from '../src/names.ts';
import { findService } from '../src/platform/discovery.ts';
import { readEnvironment } from '../src/platform/environment.ts';
import { HttpEventStore } from '../src/platform/event-store.ts';
import { TokenSource } from '../src/platform/tokens.ts';
import { newTraceparent } from '../src/platform/trace.ts';
import { httpFake } from './support/http-fake.ts';
import { eventually, MASTER } from './support/office.ts';
import { missing, oneMoreInstance } from './support/sandbox.ts';
import { tokenWith } from './support/tokens.ts';

const { env } = process;

describe('against a real sandbox', () => {
  it('the gateway lets nobody in without a token', { skip: missing }, async () => {
    const reply = await fetch(`${env['FINTECH_GATEWAY_URL']}${BASE_PATH}/deliveries`);
    assert.equal(reply.status, 401);
    assert.match(String(reply.headers.get('www-authenticate')), /^Bearer/);
  });

  it(
    'the gateway lets webhooks through, to be judged by their signature',
    { skip: missing },
    async () => {
      const path = `${BASE_PATH}/inbound/nobody`;
      const reply = await fetch(`${env['FINTECH_GATEWAY_URL']}${path}`, {
        method: 'POST',
        body: '{}',
      });
      assert.equal(reply.status, 400);
      assert.match(await reply.text(), /webhook-id/);
    },
  );

  it('the registry knows where this service is', { skip: missing }, async () => {
    const registryUrl = env['CONSUL_HTTP_ADDR'];
    const dispatcher = new Agent();
    const url = await findService(SERVICE, { variables: {}, registryUrl, dispatcher });
    assert.equal((await fetch(`${url}/health/ready`)).status, 200);
    await dispatcher.destroy();
  });

  it('two instances deliver what happens once, in its order', { skip: missing }, async () => {
    await using shop = await httpFake((_seen, reply) => reply.end());
    await using one = await oneMoreInstance(MASTER);
    await using _two = await oneMoreInstance(MASTER);
    const endpointId = `test-${randomUUID()}`;
    const eventTypes = [`${endpointId}.counted`];
    await post(`${one.url}${BASE_PATH}/endpoints`, { endpointId, url: shop.url, eventTypes });
    await count(endpointId, 20);
    await eventually(() => shop.seen.length >= 20 || undefined);
    // A test leaves no endpoint behind that nobody listens at.
    await post(`${one.url}${BASE_PATH}/endpoints/${endpointId}/disable`, {});
    const numbers = shop.seen.map(({ body }) => {
      return (JSON.parse(body) as { data: { number: number } }).data.number;
    });
    assert.deepEqual(
      numbers,
      Array.from({ length: 20 }, (_, index) => index),
    );
  });
});

async function post(url: string, body: object): Promise<void> {
  const headers = {
    authorization: `Bearer ${await tokenWith()}`,
    'content-type': 'application/json',
  };
  const reply = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  assert.ok(reply.ok, await reply.text());
}

/** Appends events of a type that nobody else knows, to the sandbox's own event store. */
async function count(area: string, until: number): Promise<void> {
  const { eventsUrl, tokenUrl, client } = readEnvironment(env);
  const dispatcher = new Agent();
  const about = { resource: 'urn:fintech:events', scope: 'events:append events:read' };
  const tokens = new TokenSource({ tokenUrl, client, dispatcher, ...about });
  const store = new HttpEventStore({ url: eventsUrl, tokens, dispatcher });
  const stream = `${area}-counter`;
  const events = Array.from({ length: until }, (_, number) => ({
    specversion: '1.0' as const,
    id: randomUUID(),
    source: SOURCE,
    type: `${WORKSPACE}.${area}.counted.v1`,
    subject: stream,
    time: new Date().toISOString(),
    datacontenttype: 'application/json' as const,
    correlationid: randomUUID(),
    traceparent: newTraceparent(),
    authtype: 'system',
    authid: 'test',
    data: { number },
  }));
  const writes = [{ stream, expected: 'none' as const, events }];
  const appended = await store.append({ writes, conditions: [] }, AbortSignal.timeout(5000));
  assert.equal(appended.ok, true);
  await dispatcher.destroy();
}
