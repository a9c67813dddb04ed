import { describe, expect, it } from 'vitest';
import { servedRegistry } from '../registry-fixture.ts';

const PAY = { Name: 'pay', ID: 'pay-1', Port: 8080, Tags: ['v1', 'EU'], Check: { TTL: '10s' } };

describe('catalog and health', () => {
  it('answer with every header of a Consul query', async () => {
    await using registry = await servedRegistry();
    const { headers } = await registry.get('/v1/health/service/none?stale&cached');
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-consul-index': '1',
      'x-consul-knownleader': 'true',
      'x-consul-lastcontact': '0',
      'x-consul-effective-consistency': 'stale',
      'x-consul-default-acl-policy': 'allow',
      'x-consul-query-backend': 'blocking-query',
      'x-cache': 'MISS',
      age: '0',
      'content-type': 'application/json',
      vary: 'Accept-Encoding',
    });
    const plain = await registry.get('/v1/health/service/none?consistent=1');
    expect(plain.headers.get('x-consul-effective-consistency')).toBe('consistent');
    expect(plain.headers.has('x-cache')).toBe(false);
    expect(plain.text).toBe('[]');
  });

  it('list the same instances in the same order, with the members clients read', async () => {
    await using registry = await servedRegistry();
    for (const id of ['pay-2', 'pay-10', 'pay-1']) {
      await registry.put('/v1/agent/service/register', { ...PAY, ID: id });
    }
    await registry.put('/v1/agent/service/register', { ...PAY, ID: 'pay-2', Port: 1 });
    const flat = (await registry.get('/v1/catalog/service/pay')).json as { ServiceID: string }[];
    const health = (await registry.get('/v1/health/service/pay')).json as {
      Service: { ID: string };
      Checks: { CheckID: string }[];
    }[];
    expect(flat.map((entry) => entry.ServiceID)).toEqual(['pay-2', 'pay-10', 'pay-1']);
    expect(health.map((entry) => entry.Service.ID)).toEqual(['pay-2', 'pay-10', 'pay-1']);
    expect(health[0]?.Checks.map(({ CheckID }) => CheckID)).toEqual([
      'serfHealth',
      'service:pay-2',
    ]);
    expect(Object.keys(flat[0] ?? {})).toEqual(
      (
        'ID Node Address Datacenter TaggedAddresses NodeMeta ServiceKind ServiceID ServiceName ServiceTags ' +
        'ServiceAddress ServiceTaggedAddresses ServiceWeights ServiceMeta ServicePort ' +
        'ServiceEnableTagOverride CreateIndex ModifyIndex'
      ).split(' '),
    );
  });

  it('select by passing, by every tag without case, and by node-meta', async () => {
    await using registry = await servedRegistry();
    await registry.put('/v1/agent/service/register', PAY);
    await registry.put('/v1/agent/service/register', { ...PAY, ID: 'pay-2', Tags: ['v2'] });
    await registry.put('/v1/agent/check/pass/service:pay-1');
    const count = async (query: string) =>
      ((await registry.get(`/v1/health/service/pay?${query}`)).json as unknown[]).length;
    expect(await count('')).toBe(2);
    expect(await count('passing')).toBe(1);
    expect(await count('passing=1')).toBe(1);
    expect(await count('passing=false')).toBe(2);
    expect(await count('tag=v1')).toBe(1);
    expect(await count('tag=V1&tag=eu')).toBe(1);
    expect(await count('tag=v1&tag=v2')).toBe(0);
    expect(await count('near=_agent')).toBe(2);
    expect(await count('node-meta=consul-network-segment:')).toBe(2);
    expect(await count('node-meta=rack:7')).toBe(0);
  });

  it('list services with tags, nodes, datacenters, states and checks', async () => {
    await using registry = await servedRegistry();
    await registry.put('/v1/agent/service/register', PAY);
    await registry.put('/v1/agent/service/register', { ...PAY, ID: 'pay-2', Tags: ['v1', 'v2'] });
    const json = async (path: string) => (await registry.get(path)).json;
    expect(await json('/v1/catalog/services')).toEqual({ consul: [], pay: ['v1', 'EU', 'v2'] });
    expect(await json('/v1/catalog/services?node-meta=rack:7')).toEqual({});
    expect(await json('/v1/catalog/datacenters')).toEqual(['dc1']);
    expect(await json('/v1/catalog/nodes')).toMatchObject([{ Node: 'fintech' }]);
    expect(await json('/v1/catalog/node/fintech')).toMatchObject({
      Services: { consul: { Port: 8300 }, 'pay-1': {}, 'pay-2': {} },
    });
    expect(await json('/v1/catalog/node/other')).toBe(null);
    expect(await json('/v1/health/state/critical')).toHaveLength(2);
    expect(await json('/v1/health/state/passing')).toMatchObject([{ CheckID: 'serfHealth' }]);
    expect(await json('/v1/health/state/any')).toHaveLength(3);
    expect(await json('/v1/health/checks/pay')).toHaveLength(2);
    expect(await json('/v1/health/node/fintech')).toHaveLength(3);
  });

  it('indent with ?pretty', async () => {
    await using registry = await servedRegistry();
    expect((await registry.get('/v1/catalog/datacenters?pretty')).text).toBe('[\n    "dc1"\n]\n');
  });
});
