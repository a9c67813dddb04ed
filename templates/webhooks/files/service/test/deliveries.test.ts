import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { parseSecret } from '../src/signing/secret-text.ts';
import { isSignedBy } from '../src/signing/signature.ts';
import { type HttpFake, httpFake, type Seen } from './support/http-fake.ts';
import { eventually, MASTER, Office, paymentOf } from './support/office.ts';

/** A receiver that answers as it is told, in the order of its requests, and with the last for ever. */
function receiver(...statuses: (number | [number, Record<string, string>])[]): Promise<HttpFake> {
  const fake = { count: 0 };
  return httpFake((_, reply) => {
    const answer = statuses[Math.min(fake.count++, statuses.length - 1)] ?? 200;
    const [status, headers] = Array.isArray(answer) ? answer : [answer, {}];
    reply.writeHead(status, headers).end();
  });
}

function isGenuine({ headers, body }: Seen, secret: string): boolean {
  const key = parseSecret(secret);
  assert.ok(key);
  const id = String(headers['webhook-id']);
  const timestampS = Number(headers['webhook-timestamp']);
  return isSignedBy(String(headers['webhook-signature']), { id, timestampS, body }, [key]);
}

describe('a delivery', () => {
  it('tells the endpoint what happened, signed with its secret', async () => {
    await using shop = await receiver(200);
    await using office = await Office.open();
    const secret = await office.register(`${shop.url}/hooks?a=b`);
    office.captured('p1', 250);
    const [delivery] = await office.settled(1);
    assert.ok(delivery);
    const [seen] = shop.seen;
    assert.ok(seen);
    const happenedAt = office.store.events.find(({ type }) => type.includes('captured'));
    assert.deepEqual([seen.method, seen.url], ['POST', '/hooks?a=b']);
    assert.equal(seen.headers['content-type'], 'application/json');
    assert.equal(seen.headers['webhook-id'], delivery.deliveryId);
    assert.ok(Math.abs(Number(seen.headers['webhook-timestamp']) - Date.now() / 1000) < 60);
    assert.equal(isGenuine(seen, secret), true);
    assert.deepEqual(JSON.parse(seen.body), {
      type: 'payments.captured',
      timestamp: happenedAt?.recordedtime,
      data: { paymentId: 'p1', amount: 250, currency: 'EUR' },
    });
    assert.deepEqual(office.store.types.slice(-2), [
      'webhooks.attempt-started',
      'webhooks.delivered',
    ]);
  });

  it('names what led to it: the event, and its trace', async () => {
    await using shop = await receiver(200);
    await using office = await Office.open();
    await office.register(shop.url);
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    const traceparent = `00-${trace}-00f067aa0ba902b7-01`;
    const event = { id: 'evt-1', type: 'acme.payments.captured.v1', data: {}, traceparent };
    office.store.record('payments-payment-p1', { ...event, type: 'payments.captured' });
    await office.settled(1);
    const delivered = office.store.events.at(-1) as unknown as Record<string, string>;
    assert.equal(delivered['causationid'], 'evt-1');
    assert.match(String(delivered['traceparent']), new RegExp(`^00-${trace}-`));
  });

  it('is made of events that match, after the endpoint was registered, and of no bookkeeping', async () => {
    await using shop = await receiver(200);
    await using office = await Office.open();
    office.captured('before');
    await office.register(shop.url, { eventTypes: ['payments.*', '*.account-opened'] });
    office.happen('ledger.transaction-posted', 'ledger-transaction-t');
    office.happen('payments.command-completed', 'payments-command-k', { key: 'k' });
    office.happen('webhooks.delivered', 'other-webhooks-delivery-d', { deliveryId: 'd' });
    office.happen('ledger.account-opened', 'ledger-account-a', { accountId: 'a' });
    office.captured('after');
    const deliveries = await office.settled(2);
    assert.deepEqual(
      deliveries.map(({ type }) => type),
      ['ledger.account-opened', 'payments.captured'],
    );
    assert.equal(shop.seen.length, 2);
  });

  it('goes to each endpoint once, though several of its patterns match', async () => {
    await using shop = await receiver(200);
    await using office = await Office.open();
    await office.register(shop.url, { eventTypes: ['payments.*', '*.captured', '*.*'] });
    await office.register(shop.url, { endpointId: 'e2' });
    office.captured('p1');
    const deliveries = await office.settled(2);
    assert.deepEqual(
      deliveries.map(({ endpointId }) => endpointId),
      ['e1', 'e2'],
    );
    assert.equal(new Set(shop.seen.map(({ headers }) => headers['webhook-id'])).size, 2);
  });
});

describe('a delivery that fails', () => {
  it('is tried again under the same id with a new signature, until it succeeds', async () => {
    await using shop = await receiver(500, 404, 204);
    await using office = await Office.open();
    const secret = await office.register(shop.url);
    office.captured('p1');
    const [delivery] = await office.settled(1);
    assert.equal(delivery?.attempts, 3);
    assert.equal(shop.seen.length, 3);
    assert.equal(new Set(shop.seen.map(({ headers }) => headers['webhook-id'])).size, 1);
    assert.equal(new Set(shop.seen.map(({ body }) => body)).size, 1);
    assert.ok(shop.seen.every((seen) => isGenuine(seen, secret)));
    const failures = office.store.events.filter(({ type }) => type.includes('attempt-failed'));
    assert.deepEqual(
      failures.map(({ data }) => (data as { status: number }).status),
      [500, 404],
    );
  });

  it('becomes a dead letter after the last try; later ones of its subject go on', async () => {
    const down = new Set(['p1']);
    await using shop = await httpFake((seen, reply) => {
      reply.writeHead(down.has(paymentOf(seen)) ? 500 : 200).end();
    });
    await using office = await Office.open();
    await office.register(shop.url);
    office.happen('payments.captured', 'payments-payment-s', { paymentId: 'p1' });
    office.happen('payments.settled', 'payments-payment-s', { paymentId: 'p2' });
    const [dead, next] = await office.settled(1);
    assert.deepEqual([dead?.status, dead?.attempts, next?.status], ['dead', 3, 'delivered']);
    assert.deepEqual(dead?.failure, { reason: 'status', status: 500 });
    assert.deepEqual(shop.seen.map(paymentOf), ['p1', 'p1', 'p1', 'p2']);

    down.clear();
    const path = `/deliveries/${dead?.deliveryId}/retry`;
    const reply = await office.post(path);
    assert.deepEqual(
      [reply.statusCode, reply.json()],
      [200, { deliveryId: dead?.deliveryId, status: 'pending' }],
    );
    await office.settled(2);
    assert.equal(shop.seen.at(-1)?.headers['webhook-id'], dead?.deliveryId);
  });

  it('does not follow a redirect', async () => {
    await using elsewhere = await receiver(200);
    await using shop = await receiver([302, { location: elsewhere.url }], [308, { location: '/' }]);
    await using office = await Office.open({ variables: { RETRY_SCHEDULE_S: '0.01' } });
    await office.register(shop.url);
    office.captured('p1');
    const [dead] = await office.settled(1, 'dead');
    assert.deepEqual(dead?.failure, { reason: 'status', status: 308 });
    assert.deepEqual([shop.seen.length, elsewhere.seen.length], [2, 0]);
  });

  it('waits as long as Retry-After says, within an hour', async () => {
    await using shop = await receiver([429, { 'retry-after': '600' }]);
    await using busy = await receiver([503, { 'retry-after': '999999' }]);
    await using plain = await receiver([500, { 'retry-after': '999999' }]);
    await using office = await Office.open({ variables: { RETRY_SCHEDULE_S: '60' } });
    await office.register(shop.url);
    await office.register(busy.url, { endpointId: 'e2' });
    await office.register(plain.url, { endpointId: 'e3' });
    office.captured('p1');
    const waits = await eventually(async () => {
      const found = await office.deliveries();
      const waiting = found.filter(({ failure }) => failure !== undefined);
      return waiting.length === 3 ? waiting : undefined;
    });
    const minutes = waits.map(({ nextAttemptAt }) => {
      return Math.round((Date.parse(String(nextAttemptAt)) - Date.now()) / 60_000);
    });
    assert.ok(
      minutes.every((one, index) => one >= ([10, 60, 1][index] ?? 0)),
      String(minutes),
    );
    assert.ok(
      minutes.every((one, index) => one <= ([12, 72, 2][index] ?? 0)),
      String(minutes),
    );
  });

  it('ends at its time-out, and at a connection that is cut or refused', async () => {
    await using slow = await httpFake(() => {});
    await using cutting = await httpFake((_, reply) => reply.destroy());
    const closed = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => closed.once('listening', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const variables = { RETRY_SCHEDULE_S: '0.01', DELIVERY_TIMEOUT_S: '0.2' };
    await using office = await Office.open({ variables });
    await office.register(slow.url);
    await office.register(cutting.url, { endpointId: 'e2' });
    await office.register(`http://127.0.0.1:${port}`, { endpointId: 'e3' });
    office.captured('p1');
    const dead = await office.settled(3, 'dead');
    assert.deepEqual(
      dead.map(({ failure }) => failure),
      [{ reason: 'timeout' }, { reason: 'connection' }, { reason: 'connection' }],
    );
    assert.equal(slow.seen.length, 2);
  });

  it('succeeds by its status, however long or endless the body after it', async () => {
    await using drip = await httpFake((_, reply) => {
      reply.writeHead(200).write('x');
    });
    await using flood = await httpFake((_, reply) => {
      reply.writeHead(200);
      const more = (): void => {
        if (!reply.destroyed && reply.write(Buffer.alloc(65_536))) setImmediate(more);
      };
      reply.on('drain', more);
      more();
    });
    await using office = await Office.open();
    await office.register(drip.url);
    await office.register(flood.url, { endpointId: 'e2' });
    office.captured('p1');
    await office.settled(2);
  });
});

describe('an endpoint that is gone', () => {
  it('is disabled at 410; what it was owed waits until it is enabled', async () => {
    await using shop = await receiver(410, 200);
    await using office = await Office.open();
    await office.register(shop.url);
    office.captured('p1');
    await eventually(async () => {
      const reply = await office.get('/endpoints/e1');
      return reply.json<{ status: string }>().status === 'disabled' || undefined;
    });
    assert.equal((await office.get('/endpoints/e1')).json<{ reason: string }>().reason, 'gone');
    office.captured('p2');
    await sleep(300);
    assert.equal(shop.seen.length, 1);
    assert.equal((await office.post('/endpoints/e1/enable')).statusCode, 200);
    await office.settled(2);
    assert.deepEqual(shop.seen.map(paymentOf).toSorted(), ['p1', 'p1', 'p2']);
  });
});

describe('a secret that is being replaced', () => {
  it('signs beside the new one for the overlap, and alone no more after it', async () => {
    await using shop = await receiver(200);
    let laterMs = 0;
    await using office = await Office.open({ now: () => new Date(Date.now() + laterMs) });
    const old = await office.register(shop.url);
    const reply = await office.post('/endpoints/e1/rotate-secret', { overlapS: 3600 });
    const { secret, secretVersion } = reply.json<{ secret: string; secretVersion: number }>();
    assert.equal(secretVersion, 2);
    assert.notEqual(secret, old);
    office.captured('p1');
    await office.settled(1);
    const [during] = shop.seen;
    assert.ok(during);
    assert.equal(String(during.headers['webhook-signature']).split(' ').length, 2);
    assert.deepEqual([isGenuine(during, old), isGenuine(during, secret)], [true, true]);

    laterMs = 3_601_000;
    office.captured('p2');
    await office.settled(2);
    const after = shop.seen.at(-1);
    assert.ok(after);
    assert.deepEqual([isGenuine(after, old), isGenuine(after, secret)], [false, true]);
  });
});

describe('a replay', () => {
  it('delivers a range again under the same ids and in the same order', async () => {
    await using shop = await receiver(200);
    await using office = await Office.open();
    await office.register(shop.url);
    for (const paymentId of ['1', '2', '3', '4']) {
      office.happen('payments.captured', 'payments-payment-s', { paymentId });
    }
    const deliveries = await office.settled(4);
    const range = { afterPosition: deliveries[0]?.position, upToPosition: deliveries[2]?.position };
    const reply = await office.post('/endpoints/e1/replay', range);
    assert.deepEqual([reply.statusCode, reply.json()], [200, { endpointId: 'e1', ...range }]);
    await eventually(() => shop.seen.length === 6 || undefined);
    await office.settled(4);
    assert.deepEqual(shop.seen.map(paymentOf), ['1', '2', '3', '4', '2', '3']);
    const ids = new Set(shop.seen.map(({ headers }) => headers['webhook-id']));
    assert.equal(ids.size, 4);

    await office.post('/endpoints/e1/replay', {});
    await eventually(() => shop.seen.length === 10 || undefined);
    await office.settled(4);
    assert.deepEqual(shop.seen.map(paymentOf).slice(6), ['1', '2', '3', '4']);
  });
});

describe('in production', () => {
  it('nothing goes to an address that is not public, by whatever name', async () => {
    await using inside = await receiver(200);
    const variables = { NODE_ENV: 'production', RETRY_SCHEDULE_S: '0.01' };
    await using office = await Office.open({ variables });
    const url = inside.url.replace('http:', 'https:').replace('127.0.0.1', 'localhost');
    await office.register(url);
    office.captured('p1');
    const [dead] = await office.settled(1, 'dead');
    assert.deepEqual(dead?.failure, { reason: 'target-forbidden' });
    const literal = await office.post('/endpoints', { url: 'https://127.0.0.1/' });
    assert.equal(literal.statusCode, 422);
    assert.equal(inside.seen.length, 0);
  });

  it('a master key that cannot be read stops the start', async () => {
    const variables = { ...MASTER, WEBHOOKS_MASTER_KEY: 'c2hvcnQ=' };
    await assert.rejects(Office.open({ variables }), /WEBHOOKS_MASTER_KEY is no base64/);
  });
});
