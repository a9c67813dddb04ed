import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../kernel/time.ts';
import { depsFor, servedRegistry, temporaryFolder } from '../registry-fixture.ts';
import { Registry } from '../registry.ts';
import { blockingReads } from './blocking.ts';
import { Query } from './query.ts';

const PAY = { Name: 'pay', ID: 'pay-1', Port: 8080, Tags: ['v1', 'EU'], Check: { TTL: '10s' } };

describe('a blocking query', () => {
  it('holds until its own service changes, and answers with the new state', async () => {
    await using registry = await servedRegistry();
    await registry.put('/v1/agent/service/register', PAY);
    const { index } = await registry.get('/v1/health/service/pay');
    const path = `/v1/health/service/pay?index=${index}&wait=20s`;
    const waiting = registry.get(path);
    await registry.untilBlocked(1);
    await registry.put('/v1/agent/service/register', { Name: 'other', Check: { TTL: '10s' } });
    await registry.put('/v1/agent/check/pass/service:other');
    expect(await registry.blockedQueries()).toBe(1);
    await registry.put('/v1/agent/check/pass/service:pay-1');
    const changed = await waiting;
    expect(changed.index).toBeGreaterThan(index);
    expect(changed.json).toMatchObject([{ Checks: [{}, { Status: 'passing' }] }]);
  });

  it('answers at once for index 0 and for an index that is behind', async () => {
    await using registry = await servedRegistry();
    await registry.put('/v1/agent/service/register', PAY);
    const { index } = await registry.get('/v1/catalog/services?index=0');
    expect((await registry.get(`/v1/catalog/services?index=${index - 1}`)).index).toBe(index);
  });

  it('answers 200 with the same index when the wait is over, at most a sixteenth late', async () => {
    await using registry = await servedRegistry();
    const { index } = await registry.get('/v1/health/service/pay');
    const startMs = performance.now();
    const held = await registry.get(`/v1/health/service/pay?index=${index}&wait=800ms`);
    const heldMs = performance.now() - startMs;
    expect([held.status, held.index, held.text]).toEqual([200, index, '[]']);
    expect(heldMs).toBeGreaterThanOrEqual(800);
    expect(heldMs).toBeLessThan(800 + 50 + 500);
  });

  it('is woken by the removal of its service, without the index going back', async () => {
    await using registry = await servedRegistry();
    await registry.put('/v1/agent/service/register', PAY);
    const { index } = await registry.get('/v1/catalog/service/pay');
    const waiting = registry.get(`/v1/catalog/service/pay?index=${index}&wait=20s`);
    await registry.untilBlocked(1);
    await registry.put('/v1/agent/service/deregister/pay-1');
    const gone = await waiting;
    expect(gone.text).toBe('[]');
    expect(gone.index).toBeGreaterThan(index);
    expect((await registry.get('/v1/catalog/service/pay')).index).toBe(gone.index);
  });

  it('waits for a service that does not exist yet', async () => {
    await using registry = await servedRegistry();
    const { index } = await registry.get('/v1/health/service/pay');
    const waiting = registry.get(`/v1/health/service/pay?index=${index}&wait=20s`);
    await registry.untilBlocked(1);
    await registry.put('/v1/agent/service/register', PAY);
    expect((await waiting).json).toHaveLength(1);
  });

  it('frees its place when the client goes away', async () => {
    await using registry = await servedRegistry();
    const client = request(`${registry.url}/v1/catalog/services?index=1&wait=60s`);
    client.on('error', () => {}).end();
    await registry.untilBlocked(1);
    client.destroy();
    await registry.untilBlocked(0);
    expect(registry.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it.each([
    ['index=abc', 'Invalid index'],
    ['index=-1', 'Invalid index'],
    ['index=1.5', 'Invalid index'],
    ['index=1&wait=30', 'Invalid wait time'],
    ['index=1&wait=soon', 'Invalid wait time'],
    ['wait=-5s', 'Invalid wait time'],
  ])('?%s is 400 %s, as plain text', async (query, text) => {
    await using registry = await servedRegistry();
    const answer = await registry.get(`/v1/health/service/pay?${query}`);
    expect([answer.status, answer.text]).toEqual([400, text]);
    expect(answer.headers.get('content-type')).toContain('text/plain');
  });

  it('reaches 300 of 600 waiters promptly, and none of the others', async () => {
    await using registry = await servedRegistry();
    await registry.put('/v1/agent/service/register', PAY);
    await registry.put('/v1/agent/service/register', { Name: 'fx' });
    const { index } = await registry.get('/v1/catalog/services');
    const latenciesMs: number[] = [];
    let wokenAtMs = 0;
    const wait = async (name: string) => {
      await registry.get(`/v1/health/service/${name}?index=${index}&wait=60s`);
      latenciesMs.push(performance.now() - wokenAtMs);
    };
    const right = Array.from({ length: 300 }, () => wait('pay'));
    const others = Array.from({ length: 300 }, () => wait('fx'));
    await registry.untilBlocked(600);
    wokenAtMs = performance.now();
    await registry.put('/v1/agent/check/pass/service:pay-1');
    await Promise.all(right);
    expect(latenciesMs).toHaveLength(300);
    expect(Math.max(...latenciesMs)).toBeLessThan(2000);
    expect(await registry.blockedQueries()).toBe(300);
    await registry.put('/v1/agent/service/deregister/fx');
    await Promise.all(others);
  });
});

describe('the longest wait of a blocking query', () => {
  it.each([
    ['', 300_000],
    ['&wait=0', 300_000],
    ['&wait=16s', 16_000],
    ['&wait=10m', 600_000],
    ['&wait=11m', 600_000],
  ])('with "%s" is %d ms, and up to a sixteenth more', async (wait, ms) => {
    for (const [fraction, expectedMs] of [
      [0, ms],
      [1, ms * (17 / 16)],
    ] as const) {
      using folder = temporaryFolder();
      const clock = new ManualClock();
      const deps = depsFor(clock);
      using registry = new Registry({ dataDir: folder.path, fastReap: false }, deps);
      const answer = blockingReads(registry, { ...deps.random, fraction: () => fraction });
      const request = {
        name: '',
        body: new Uint8Array(),
        query: new Query(`index=1${wait}`),
        signal: new AbortController().signal,
      };
      const answered = answer(request, 'services', () => []);
      clock.advance(expectedMs - 1);
      expect(registry.waiters.count).toBe(1);
      clock.advance(1);
      expect(registry.waiters.count).toBe(0);
      expect((await answered).json).toEqual([]);
    }
  });
});
