import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, describe, it } from 'node:test';
import { Agent } from 'undici';
import { createServer } from '../src/http/app.ts';
import { SERVICE } from '../src/names.ts';
import { readEnvironment } from '../src/platform/environment.ts';
import { Peer, problemCode } from '../src/platform/peer.ts';
import { Database } from '../src/projection/database.ts';
import { ReadModel } from '../src/projection/read-model.ts';
import { runSteps, type Step } from '../src/steps/run-steps.ts';
import { httpFake, sendJson } from './support/http-fake.ts';

const { log } = createServer();
const dispatcher = new Agent();
const folder = mkdtempSync(join(tmpdir(), 'steps-'));
const database = new Database(folder);
const model = new ReadModel({ database, log, fold: () => {} });
after(async () => {
  model.close();
  await dispatcher.destroy();
  rmSync(folder, { recursive: true });
});

/** Runs what is due until nothing is, and says how often each ran and how many ran at once. */
async function carryOut(keys: string[], run: (key: string) => Promise<void>, atOnce?: number) {
  const stopping = new AbortController();
  const left = new Set(keys);
  const runs = new Map<string, number>();
  let running = 0;
  let most = 0;
  const stepOf = (key: string): Step => ({
    key,
    async run() {
      runs.set(key, (runs.get(key) ?? 0) + 1);
      most = Math.max(most, ++running);
      await run(key).finally(() => running--);
      left.delete(key);
    },
  });
  const due = (_: number, limit: number) => [...left].slice(0, limit).map(stepOf);
  const options = { signal: stopping.signal, log, ...(atOnce && { atOnce }) };
  const ended = runSteps({ steps: { due }, model }, options);
  while (left.size > 0) await sleep(5);
  stopping.abort();
  await ended;
  return { runs, most };
}

describe('steps that are due', () => {
  it('run side by side, at most so many at once, each once', async () => {
    const keys = Array.from({ length: 20 }, (_, index) => `k${index}`);
    const { runs, most } = await carryOut(keys, () => sleep(5), 4);
    assert.equal(most, 4);
    assert.deepEqual([...new Set(runs.values())], [1]);
    assert.equal(runs.size, 20);
  });

  it('are tried again when they fail, and hold up no others', async () => {
    let failures = 0;
    const order: string[] = [];
    const { runs } = await carryOut(['bad', 'good'], (key) => {
      order.push(key);
      if (key === 'bad' && failures++ < 2) return Promise.reject(new Error('not yet'));
      return Promise.resolve();
    });
    assert.deepEqual([runs.get('bad'), runs.get('good')], [3, 1]);
    assert.equal(order.indexOf('good') < order.lastIndexOf('bad'), true);
  });

  it('that fail fill no place that others need', async () => {
    let isDone = false;
    const run = (key: string) => {
      if (key === 'last') isDone = true;
      return isDone ? Promise.resolve() : Promise.reject(new Error('waits for the last'));
    };
    const { runs } = await carryOut(['a', 'b', 'c', 'last'], run, 1);
    assert.equal(runs.get('last'), 1);
  });
});

describe('another service', () => {
  async function peerOf(answer: (path: string) => [number, object]) {
    const fake = await httpFake(({ url }, reply) =>
      url === '/token'
        ? sendJson(reply, 200, { access_token: 't' })
        : sendJson(reply, ...answer(url)),
    );
    const environment = readEnvironment({
      FINTECH_EVENTS_URL: fake.url,
      FINTECH_ISSUER: fake.url,
      FINTECH_JWKS_URL: fake.url,
      FINTECH_TOKEN_URL: `${fake.url}/token`,
      FINTECH_CLIENT_ID: SERVICE,
      FINTECH_CLIENT_SECRET: 's',
      OTHER_ONE_URL: fake.url,
    });
    const peer = new Peer({ name: 'other-one', scope: 'other:post', environment, dispatcher });
    return { fake, peer };
  }
  const signal = AbortSignal.timeout(5000);
  const call = { method: 'POST', path: '/v1/x', body: { a: 1 }, key: 'p:step', signal } as const;

  it('is told who asks, under which key, in which trace', async () => {
    const { fake, peer } = await peerOf(() => [201, { id: 'x' }]);
    await using _ = fake;
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const answer = await peer.call({ ...call, traceId });
    assert.deepEqual(answer, { status: 201, body: { id: 'x' } });
    const { headers, body } = fake.seen.find(({ url }) => url === '/v1/x') ?? assert.fail();
    assert.equal(headers.authorization, 'Bearer t');
    assert.equal(headers['idempotency-key'], 'p:step');
    assert.match(String(headers['traceparent']), new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
    assert.equal(body, '{"a":1}');
  });

  it('may refuse for good, with a code', async () => {
    const { fake, peer } = await peerOf(() => [422, { type: 'urn:x:problem:insufficient-funds' }]);
    await using _ = fake;
    assert.equal(problemCode(await peer.call(call)), 'insufficient-funds');
  });

  for (const status of [400, 401, 403, 408, 429, 500, 503]) {
    it(`is asked again after ${status}`, async () => {
      const { fake, peer } = await peerOf(() => [status, {}]);
      await using _ = fake;
      await assert.rejects(peer.call(call), new RegExp(`with ${status}`));
    });
  }

  for (const code of ['route-unknown', 'idempotency-key-reused']) {
    it(`is asked again when ${code} says that it did not understand`, async () => {
      const { fake, peer } = await peerOf(() => [422, { type: `urn:x:problem:${code}` }]);
      await using _ = fake;
      await assert.rejects(peer.call(call), new RegExp(`with 422 ${code}`));
    });
  }

  it('is given a new token after it refused one', async () => {
    const { fake, peer } = await peerOf(() => [401, {}]);
    await using _ = fake;
    await assert.rejects(peer.call(call));
    await assert.rejects(peer.call(call));
    assert.equal(fake.seen.filter(({ url }) => url === '/token').length, 2);
  });
});
