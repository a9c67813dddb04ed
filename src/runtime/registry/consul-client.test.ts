import { once } from 'node:events';
import Consul from 'consul';
import { describe, expect, it } from 'vitest';
import { servedRegistry } from './registry-fixture.ts';

/** Its types ask for a time-out even where there is nothing to time. */
const ALIVE = { name: 'alive', ttl: '10s', timeout: '1s' };

function clientOf(url: string): Consul {
  const { hostname, port } = new URL(url);
  return new Consul({ host: hostname, port: Number(port) });
}

describe('the npm package consul, unmodified,', () => {
  it('registers, keeps alive, discovers and deregisters a service', async () => {
    await using registry = await servedRegistry();
    const consul = clientOf(registry.url);
    await consul.agent.service.register({
      name: 'pay',
      id: 'pay-1',
      address: '127.0.0.1',
      port: 8080,
      tags: ['v1'],
      meta: { region: 'eu' },
      check: { ...ALIVE, deregistercriticalserviceafter: '1m' },
    });
    expect(await consul.health.service({ service: 'pay', passing: true })).toEqual([]);
    await consul.agent.check.pass('service:pay-1');
    expect(await consul.health.service({ service: 'pay', passing: true })).toMatchObject([
      { Service: { ID: 'pay-1', Port: 8080, Meta: { region: 'eu' } }, Checks: [{}, {}] },
    ]);
    expect(await consul.catalog.service.list()).toEqual({ consul: [], pay: ['v1'] });
    expect(await consul.catalog.service.nodes('pay')).toMatchObject([{ ServicePort: 8080 }]);
    expect(await consul.agent.service.list()).toMatchObject({ 'pay-1': { Service: 'pay' } });
    expect(await consul.health.state('passing')).toHaveLength(2);
    expect(await consul.status.leader()).toBe('127.0.0.1:8300');
    await consul.agent.service.maintenance({ id: 'pay-1', enable: true });
    expect(await consul.health.service({ service: 'pay', passing: true })).toEqual([]);
    await consul.agent.service.deregister('pay-1');
    expect(await consul.health.service('pay')).toEqual([]);
    consul.destroy();
  });

  it('watches a service through registration, health and removal, each change once', async () => {
    await using registry = await servedRegistry();
    const consul = clientOf(registry.url);
    const watch = consul.watch({
      // oxlint-disable-next-line typescript/unbound-method -- the watch binds it, as its docs show
      method: consul.health.service,
      options: { service: 'pay', wait: '5s' },
    });
    const seen: string[] = [];
    const errors: unknown[] = [];
    watch.on('error', (error: unknown) => errors.push(error));
    const next = async (act: () => Promise<unknown>) => {
      const change = once(watch, 'change');
      await act();
      const [entries] = (await change) as [{ Checks: { Status: string }[] }[]];
      seen.push(entries.map(({ Checks }) => Checks.at(-1)?.Status).join());
    };
    await next(() => Promise.resolve());
    await next(() => consul.agent.service.register({ name: 'pay', check: ALIVE }));
    await next(() => consul.agent.check.pass('service:pay'));
    await consul.agent.check.pass('service:pay');
    await next(() => consul.agent.check.warn('service:pay'));
    await next(() => consul.agent.service.deregister('pay'));
    watch.end();
    expect(seen).toEqual(['', 'critical', 'passing', 'warning', '']);
    expect(errors).toEqual([]);
    consul.destroy();
  });
});
