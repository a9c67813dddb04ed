import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, describe, it } from 'node:test';
import { streams, WORKSPACE } from '../src/names.ts';
import { httpFake, type Seen } from './support/http-fake.ts';
import { MemoryEventStore } from './support/memory-event-store.ts';
import { eventually, Office } from './support/office.ts';

const folder = mkdtempSync(join(tmpdir(), 'webhooks-instances-'));
after(() => rmSync(folder, { recursive: true }));

const shopThatTakesAll = () => httpFake((_, reply) => reply.writeHead(200).end());

function numberOf({ body }: Seen): number {
  return (JSON.parse(body) as { data: { number: number } }).data.number;
}

function happen(office: Office, number: number, subject: string): void {
  office.happen('payments.captured', `payments-payment-${subject}`, { number });
}

describe('two instances at once', () => {
  it('deliver each event once, and those of a subject in order', async () => {
    await using shop = await httpFake((seen, reply) => {
      setTimeout(() => reply.writeHead(200).end(), (numberOf(seen) * 5) % 7);
    });
    await using one = await Office.open();
    const { store } = one;
    store.appendMs = 2;
    await using two = await Office.open({ store });
    await one.register(shop.url);
    for (let number = 0; number < 24; number++) happen(one, number, String(number % 6));
    await one.settled(24);
    await two.settled(24);
    assert.equal(shop.seen.length, 24, 'none was made twice');
    for (let subject = 0; subject < 6; subject++) {
      const told = shop.seen.map(numberOf).filter((number) => number % 6 === subject);
      assert.deepEqual(
        [...told],
        told.toSorted((a, b) => a - b),
      );
    }
  });

  it('lose nothing when one of them dies in the middle of a try', async () => {
    await using shop = await shopThatTakesAll();
    let laterMs = 0;
    await using alive = await Office.open({ now: () => new Date(Date.now() + laterMs) });
    await alive.register(shop.url);
    await alive.post('/endpoints/e1/disable');
    happen(alive, 1, 's');
    happen(alive, 2, 's');
    const [first] = await alive.deliveries();
    assert.ok(first);
    // What a dead instance leaves in the log: a claim without an outcome.
    const { deliveryId, endpointId } = first;
    const leaseUntil = new Date(Date.now() + 60_000).toISOString();
    const type = `${WORKSPACE}.webhooks.attempt-started.v1`;
    const data = { deliveryId, endpointId, attempt: 1, leaseUntil };
    alive.store.record(streams.delivery(deliveryId), { type, data });
    await alive.post('/endpoints/e1/enable');
    await sleep(400);
    assert.equal(shop.seen.length, 0, 'nobody may know yet that it is dead');
    laterMs = 61_000;
    const deliveries = await alive.settled(2);
    assert.deepEqual(shop.seen.map(numberOf), [1, 2]);
    assert.equal(deliveries[0]?.attempts, 2);
  });
});

describe('an instance that stops', () => {
  it('records the tries that are under way, and another goes on', async () => {
    let answers = false;
    await using shop = await httpFake((_, reply) => {
      if (answers) reply.writeHead(200).end();
    });
    const store = new MemoryEventStore();
    const dataFolder = join(folder, randomUUID());
    {
      await using first = await Office.open({ store, dataFolder });
      await first.register(shop.url);
      happen(first, 1, 's');
      await eventually(() => shop.seen.length === 1 || undefined);
    }
    const last = store.events.at(-1);
    assert.ok(last);
    assert.match(last.type, /attempt-failed/);
    assert.equal((last.data as { reason: string }).reason, 'interrupted');
    answers = true;
    await using second = await Office.open({ store, dataFolder });
    await second.settled(1);
    assert.equal(shop.seen.length, 2);
    assert.equal(new Set(shop.seen.map(({ headers }) => headers['webhook-id'])).size, 1);
  });
});

describe('a service whose data folder was lost', () => {
  it('knows again what was delivered and what was not, and sends nothing twice', async () => {
    await using shop = await shopThatTakesAll();
    const store = new MemoryEventStore();
    const variables = { RETRY_SCHEDULE_S: '3600' };
    const before = await Office.open({ store, variables });
    await before.register(shop.url);
    await before.register('http://127.0.0.1:9/', { endpointId: 'away' });
    for (let number = 0; number < 20; number++) happen(before, number, String(number));
    const shown = await before.settled(20);
    await eventually(async () => {
      const waiting = await before.deliveries('?endpoint=away&status=pending');
      return waiting.filter(({ attempts }) => attempts === 1).length === 20 || undefined;
    });
    const last = await before.deliveries();
    await before[Symbol.asyncDispose]();
    const events = store.events.length;
    await using anew = await Office.open({ store, variables });
    assert.equal(shown.length, 40);
    assert.deepEqual(await anew.deliveries(), last);
    await sleep(300);
    assert.deepEqual([shop.seen.length, store.events.length], [20, events]);
  });

  it('and whose master key was lost delivers nothing, rather than what looks forged', async () => {
    await using shop = await shopThatTakesAll();
    const store = new MemoryEventStore();
    const first = await Office.open({ store });
    const old = await first.register(shop.url);
    await first[Symbol.asyncDispose]();
    const variables = { WEBHOOKS_MASTER_KEY: Buffer.alloc(32, 6).toString('base64') };
    await using lost = await Office.open({ store, variables });
    happen(lost, 1, 's');
    await sleep(300);
    assert.deepEqual([shop.seen.length, (await lost.deliveries()).length], [0, 1]);
    const reply = await lost.post('/endpoints/e1/rotate-secret', {});
    assert.notEqual(reply.json<{ secret: string }>().secret, old);
    await lost.settled(1);
    assert.equal(String(shop.seen[0]?.headers['webhook-signature']).split(' ').length, 1);
  });
});

describe('a log that starts anew', () => {
  it('has no endpoints, sources or deliveries, and no ids of the old one', async () => {
    await using shop = await shopThatTakesAll();
    const dataFolder = join(folder, randomUUID());
    {
      await using office = await Office.open({ dataFolder });
      await office.register(shop.url);
      happen(office, 1, 's');
      await office.settled(1);
    }
    await using office = await Office.open({ dataFolder });
    assert.equal((await office.get('/endpoints/e1')).statusCode, 404);
    assert.deepEqual(await office.deliveries(), []);
    await office.register(shop.url);
    happen(office, 1, 's');
    await office.settled(1);
    const ids = shop.seen.map(({ headers }) => headers['webhook-id']);
    assert.deepEqual([ids.length, new Set(ids).size], [2, 2]);
  });
});

describe('while the event store is away', () => {
  it('a try that was made is not lost: its outcome is recorded, or it is made again', async () => {
    await using shop = await httpFake((_, reply) => {
      setTimeout(() => reply.writeHead(200).end(), 100);
    });
    await using office = await Office.open();
    await office.register(shop.url);
    happen(office, 1, 's');
    await eventually(() => shop.seen.length === 1 || undefined);
    office.store.away = true;
    await sleep(500);
    office.store.away = false;
    await office.settled(1);
    assert.equal(shop.seen.length, 1);
  });
});
