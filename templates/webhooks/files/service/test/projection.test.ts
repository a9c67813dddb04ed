import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { createServer } from '../src/http/app.ts';
import { SERVICE, streams, WORKSPACE } from '../src/names.ts';
import type { StoredEvent } from '../src/platform/event-store.ts';
import { Database } from '../src/projection/database.ts';
import { fold } from '../src/projection/fold.ts';
import { Outbox } from '../src/projection/outbox.ts';
import { ReadModel } from '../src/projection/read-model.ts';
import { snapshot } from '../src/projection/snapshot.ts';
import { Tables } from '../src/projection/tables.ts';
import { httpFake } from './support/http-fake.ts';
import { nowS, Office } from './support/office.ts';
import { tokenWith } from './support/tokens.ts';

const folder = mkdtempSync(join(tmpdir(), 'webhooks-model-'));
after(() => rmSync(folder, { recursive: true }));

interface Line {
  position?: string;
  key?: string;
  value?: Record<string, unknown>;
}

async function lines(office: Office, name: string): Promise<Line[]> {
  const reply = await office.app.inject({
    url: `/internal/projections/${name}`,
    headers: { authorization: `Bearer ${await tokenWith()}` },
  });
  assert.equal(reply.statusCode, 200, reply.body);
  return reply.body
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

/** Some of everything: delivered, dead, waiting, a rotated secret, messages from outside. */
async function busy(office: Office, shop: string): Promise<void> {
  await office.register(shop);
  await office.register('http://127.0.0.1:9/', { endpointId: 'dead' });
  await office.register(shop, { endpointId: 'off', description: 'later' });
  await office.post('/endpoints/off/disable');
  await office.post('/endpoints/e1/rotate-secret', {});
  for (const paymentId of ['p1', 'p2', 'p3']) office.captured(paymentId);
  const { secret } = (await office.post('/sources', { source: 'psp' })).json<{ secret: string }>();
  await office.receive('psp', '{"n":1}', { secret, id: 'm1', timestampS: nowS() });
  await office.settled(3);
  await office.settled(3, 'dead');
  await office.post('/endpoints/dead/disable');
  await office.post('/endpoints/dead/replay', {});
}

/** The projection of a read model that was given one event at a time. */
function readInPieces(events: StoredEvent[], name: string): Line[] {
  const dataFolder = join(folder, randomUUID());
  const database = new Database(dataFolder);
  const into = { tables: new Tables(database), outbox: new Outbox(database) };
  const log = createServer().log;
  const model = new ReadModel({ database, log, fold: (event) => fold(into, event) });
  for (const event of events) model.apply([event]);
  model.close();
  return [...snapshot(dataFolder, name)].map((line) => JSON.parse(line) as Line);
}

const NAMES = ['deliveries', 'endpoints', 'inbound'];

describe('the read models', () => {
  it('say the same whether they went on, were built anew, or were read in pieces', async () => {
    await using shop = await httpFake((_, reply) => reply.writeHead(200).end());
    const dataFolder = join(folder, 'resume');
    const first = await Office.open({ dataFolder });
    const { store } = first;
    await busy(first, shop.url);
    await first[Symbol.asyncDispose]();
    first.captured('p4');
    await using resumed = await Office.open({ dataFolder, store });
    await resumed.settled(4);
    await using anew = await Office.open({ store });
    for (const name of NAMES) {
      const expected = await lines(resumed, name);
      assert.ok(expected.length > 1, name);
      assert.deepEqual(await lines(anew, name), expected);
      assert.deepEqual(readInPieces(store.events, name), expected);
    }
  });

  it('are served whole: first the position, then a key and value a line', async () => {
    await using shop = await httpFake((_, reply) => reply.writeHead(200).end());
    await using office = await Office.open();
    await busy(office, shop.url);
    const [head, ...deliveries] = await lines(office, 'deliveries');
    assert.deepEqual(head, { position: String(office.store.events.length) });
    assert.deepEqual(
      deliveries
        .map(({ value }) => `${String(value?.['endpointId'])} ${String(value?.['status'])}`)
        .toSorted(),
      ['dead', 'e1', 'off'].flatMap((id) =>
        Array<string>(3).fill(`${id} ${id === 'e1' ? 'delivered' : 'pending'}`),
      ),
    );
    const [, ...endpoints] = await lines(office, 'endpoints');
    const [dead, e1, off] = endpoints.map(({ value }) => value);
    assert.deepEqual(
      [dead?.['reason'], e1?.['secretVersion'], off?.['description']],
      ['requested', 2, 'later'],
    );
    const [, message] = await lines(office, 'inbound');
    assert.equal(message?.key, 'psp/m1');
    assert.deepEqual(Object.keys(message?.value ?? {}), ['sentAt', 'digest', 'receivedAt']);
  });

  it('are for those who may read them whole', async () => {
    await using office = await Office.open();
    const authorization = `Bearer ${await tokenWith({ scope: `${SERVICE}:read` })}`;
    const url = '/internal/projections/deliveries';
    const headers = { authorization };
    assert.equal((await office.app.inject({ url, headers })).statusCode, 403);
    assert.equal((await office.app.inject({ url })).statusCode, 401);
  });

  it('leave out what cannot be read, and go on', async () => {
    await using shop = await httpFake((_, reply) => reply.writeHead(200).end());
    await using office = await Office.open();
    await office.register(shop.url);
    const endpoint = streams.endpoint('e1');
    const bad: [string, unknown][] = [
      ['endpoint-disabled.v2', { endpointId: 'e1', reason: 'requested' }],
      ['endpoint-disabled.v1', undefined],
      ['endpoint-enabled.v1', { endpointId: 'nobody' }],
      ['no-such-event.v1', {}],
    ];
    for (const [type, data] of bad) {
      office.store.record(endpoint, { type: `${WORKSPACE}.webhooks.${type}`, data });
    }
    assert.equal((await office.post('/endpoints/e1/disable')).statusCode, 200);
    await office.post('/endpoints/e1/enable');
    office.captured('p1');
    await office.settled(1);
  });

  it('are not moved by webhooks of another service', async () => {
    await using office = await Office.open();
    await office.register('http://127.0.0.1:9/', { eventTypes: ['*.*'] });
    const other = streams.endpoint('e1').replace(SERVICE, `${SERVICE}-eu`);
    const data = { endpointId: 'e1', reason: 'requested' };
    office.happen('webhooks.endpoint-disabled', other, data);
    const shown = await office.get('/endpoints/e1');
    assert.equal(shown.json<{ status: string }>().status, 'enabled');
    assert.deepEqual(await office.deliveries(), []);
  });
});
