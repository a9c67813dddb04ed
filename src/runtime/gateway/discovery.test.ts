import { afterEach, describe, expect, it } from 'vitest';
import { systemRandom } from '../../kernel/random.ts';
import { systemClock } from '../../kernel/time.ts';
import type { Log } from '../../kernel/log.ts';
import { type Discovery, discover } from './discovery.ts';
import { FakeRegistry, listening, until } from './gateway.fixture.ts';
import { readInstances } from './instances.ts';

let stack = new AsyncDisposableStack();
afterEach(async () => {
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
});

async function watching(registry: FakeRegistry, services = ['a']) {
  const server = stack.use(await listening(registry.listener));
  const origins: ReadonlySet<string>[] = [];
  const lines: string[] = [];
  const log: Log = (_level, message) => void lines.push(message);
  const discovery = stack.use(
    discover(
      {
        registryUrl: `${server.url}/base/`,
        services,
        onChange: (inUse) => void origins.push(inUse),
      },
      { clock: systemClock, random: systemRandom, log },
    ),
  );
  return { discovery, origins, lines, server };
}

const portsOf = (discovery: Discovery, picks: number) =>
  Array.from({ length: picks }, () => discovery.pick('a')?.origin.replace('http://127.0.0.1:', ''));

describe('instances of a service', () => {
  it('are taken in turn', async () => {
    const registry = new FakeRegistry();
    registry.set('a', [1, 2, 3]);
    const { discovery } = await watching(registry);
    await until(() => discovery.isReady());
    expect(portsOf(discovery, 7)).toEqual(['1', '2', '3', '1', '2', '3', '1']);
  });

  it('change as soon as the registry changes, by blocking query', async () => {
    const registry = new FakeRegistry();
    registry.set('a', [1]);
    const { discovery, origins } = await watching(registry);
    await until(() => registry.held === 1);
    const asked = registry.asked.length;
    registry.set('a', [2]);
    await until(() => discovery.pick('a')?.origin === 'http://127.0.0.1:2');
    expect(registry.asked).toHaveLength(asked + 1);
    expect(registry.asked.at(-1)).toMatch(
      /^\/base\/v1\/health\/service\/a\?passing=1&index=9&wait=30s$/,
    );
    expect(origins.map((inUse) => [...inUse])).toEqual([
      ['http://127.0.0.1:1'],
      ['http://127.0.0.1:2'],
    ]);
    registry.set('a', []);
    await until(() => discovery.pick('a') === undefined);
  });

  it('are known once the registry has answered for each service', async () => {
    const registry = new FakeRegistry();
    registry.override = () => {};
    const { discovery } = await watching(registry, ['a', 'b c']);
    await until(() => registry.asked.length === 2);
    expect(discovery.isReady()).toBe(false);
    expect(registry.asked[1]).toContain('/b%20c?');
    expect(discovery.pick('a')).toBeUndefined();
    expect(discovery.pick('unknown')).toBeUndefined();
  });

  it('stay in use while the registry fails, and are asked for anew when it is back', async () => {
    const registry = new FakeRegistry();
    registry.set('a', [1]);
    const { discovery, lines } = await watching(registry);
    await until(() => registry.held === 1);
    registry.override = (_request, response) => response.writeHead(500).end();
    registry.set('a', [2]);
    registry.set('a', [3]);
    await until(() => registry.asked.length >= 4);
    expect(discovery.pick('a')?.origin).toBe('http://127.0.0.1:2');
    registry.index = 3;
    registry.override = undefined;
    await until(() => discovery.pick('a')?.origin === 'http://127.0.0.1:3');
    expect(lines.filter((line) => line === 'registry does not answer')).toHaveLength(1);
    expect(lines).toContain('registry answers again');
  });

  it('are asked for from the start when the index goes back', async () => {
    const registry = new FakeRegistry();
    registry.set('a', [1]);
    const { discovery } = await watching(registry);
    await until(() => registry.held === 1);
    registry.index = 2;
    registry.set('a', [2]);
    await until(() => discovery.pick('a')?.origin === 'http://127.0.0.1:2');
    await until(() => registry.held === 1);
    expect(registry.asked.at(-2)).toContain('index=0');
  });

  it.each([
    ['that does not hold queries', (index: string) => ({ 'x-consul-index': index || '9' }), '[]'],
    ['without an index', () => ({}), '[]'],
    ['that answers nonsense', () => ({ 'x-consul-index': '9' }), 'nonsense'],
    ['that answers null', () => ({ 'x-consul-index': '9' }), 'null'],
  ])('are asked for with growing pauses at a registry %s', async (_name, headers, body) => {
    const registry = new FakeRegistry();
    registry.override = (request, response) => {
      const index = /index=([1-9]\d*)/.exec(request.url ?? '')?.[1] ?? '';
      response.writeHead(200, headers(index)).end(body);
    };
    await watching(registry);
    await systemClock.sleep(600);
    expect(registry.asked.length).toBeGreaterThan(1);
    expect(registry.asked.length).toBeLessThan(15);
  });

  it('are asked for no more once disposed, which does not wait for the registry', async () => {
    const registry = new FakeRegistry();
    const { discovery } = await watching(registry, ['a', 'b']);
    await until(() => registry.held === 2);
    const startMs = systemClock.monotonicMs();
    await discovery[Symbol.asyncDispose]();
    expect(systemClock.monotonicMs() - startMs).toBeLessThan(500);
    await until(() => registry.held === 0);
    expect(registry.asked).toHaveLength(4);
  });
});

describe('reading an answer of the registry', () => {
  const entry = (service: object, node: object = { Address: '10.0.0.1' }) => [
    { Node: node, Service: service },
  ];

  it.each([
    [{ ID: 'a', Address: '10.0.0.2', Port: 80 }, 'http://10.0.0.2:80'],
    [{ ID: 'a', Address: '', Port: 80 }, 'http://10.0.0.1:80'],
    [{ ID: 'a', Port: 80 }, 'http://10.0.0.1:80'],
    [{ ID: 'a', Address: '::1', Port: 80 }, 'http://[::1]:80'],
    [{ ID: 'a', Address: 'host.internal', Port: 80 }, 'http://host.internal:80'],
  ])('%j is at %s', (service, origin) => {
    expect(readInstances(entry(service))).toEqual([{ id: 'a', origin }]);
  });

  it.each([
    [entry({ ID: 'a', Port: 0 })],
    [entry({ ID: 'a', Port: 70_000 })],
    [entry({ ID: 'a', Port: '80' })],
    [entry({ Port: 80 })],
    [entry({ ID: 'a', Port: 80 }, {})],
    [entry({ ID: 'a', Address: 'evil/path?', Port: 80 })],
    [entry({ ID: 'a', Address: 'user@evil', Port: 80 })],
    [[null]],
    [[{}]],
  ])('%j has no usable address', (answer) => {
    expect(readInstances(answer)).toEqual([]);
  });

  it('fails for what is no list', () => {
    expect(() => readInstances({})).toThrow('did not answer with a list');
  });
});
