import { describe, expect, it } from 'vitest';
import { servedRegistry } from '../registry-fixture.ts';

const PAY = { Name: 'pay', ID: 'pay-1', Port: 8080, Tags: ['v1', 'EU'], Check: { TTL: '10s' } };

describe('the agent API', () => {
  it('registers, reports and deregisters, with empty 200 answers', async () => {
    await using registry = await servedRegistry();
    const answers = [
      await registry.put('/v1/agent/service/register', PAY),
      await registry.put('/v1/agent/check/pass/service:pay-1?note=fine'),
      await registry.put('/v1/agent/check/warn/service:pay-1'),
      await registry.put('/v1/agent/check/fail/service:pay-1'),
      await registry.put('/v1/agent/check/update/service:pay-1', { Status: 'passing' }),
      await registry.put('/v1/agent/check/register', { Name: 'extra', TTL: '5s' }),
      await registry.put('/v1/agent/check/deregister/extra'),
      await registry.put('/v1/agent/service/deregister/pay-1'),
    ];
    expect(answers.map(({ status, text }) => [status, text])).toEqual(answers.map(() => [200, '']));
    expect((await registry.get('/v1/agent/services')).json).toEqual({});
    expect((await registry.get('/v1/agent/checks')).json).toEqual({});
  });

  it('reads JSON without a Content-Type, and accepts every kind of token', async () => {
    await using registry = await servedRegistry();
    const bytes = new TextEncoder().encode(JSON.stringify(PAY));
    const plain = await registry.put('/v1/agent/service/register?token=x', undefined, {
      body: bytes,
      headers: { 'X-Consul-Token': 'y', Authorization: 'Bearer z' },
    });
    expect(plain.status).toBe(200);
  });

  it('shows services and checks as maps by ID, in the shapes of Consul', async () => {
    await using registry = await servedRegistry();
    await registry.put('/v1/agent/service/register', {
      ...PAY,
      Meta: { a: 'b' },
      TaggedAddresses: { lan: { Address: '10.0.0.1', Port: 81 } },
      Weights: { Passing: 10, Warning: 2 },
    });
    const shape = {
      ID: 'pay-1',
      Service: 'pay',
      Tags: ['v1', 'EU'],
      Meta: { a: 'b' },
      Port: 8080,
      Address: '',
      TaggedAddresses: { lan: { Address: '10.0.0.1', Port: 81 } },
      Weights: { Passing: 10, Warning: 2 },
      EnableTagOverride: false,
      Datacenter: 'dc1',
    };
    expect((await registry.get('/v1/agent/services')).json).toEqual({ 'pay-1': shape });
    expect((await registry.get('/v1/agent/service/pay-1')).json).toEqual({
      ...shape,
      ContentHash: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
    expect((await registry.get('/v1/agent/checks')).json).toEqual({
      'service:pay-1': {
        Node: 'fintech',
        CheckID: 'service:pay-1',
        Name: "Service 'pay' check",
        Status: 'critical',
        Notes: '',
        Output: '',
        ServiceID: 'pay-1',
        ServiceName: 'pay',
        ServiceTags: ['v1', 'EU'],
        Type: 'ttl',
        Interval: '',
        Timeout: '',
        Definition: {},
        CreateIndex: 2,
        ModifyIndex: 2,
      },
    });
  });

  it('finds names and IDs with slashes, spaces and non-ASCII letters', async () => {
    await using registry = await servedRegistry();
    const id = 'pay/ä 1?';
    await registry.put('/v1/agent/service/register', { ...PAY, ID: id, Name: 'a/b' });
    const encoded = encodeURIComponent(id);
    expect((await registry.get(`/v1/agent/service/${encoded}`)).status).toBe(200);
    expect((await registry.get('/v1/health/service/a%2Fb')).json).toHaveLength(1);
    expect((await registry.put(`/v1/agent/check/pass/service:${encoded}`)).status).toBe(200);
    expect((await registry.put(`/v1/agent/service/deregister/${encoded}`)).status).toBe(200);
  });

  it('puts a service into maintenance and takes it out', async () => {
    await using registry = await servedRegistry();
    await registry.put('/v1/agent/service/register', { Name: 'pay' });
    const passing = async () => (await registry.get('/v1/health/service/pay?passing')).json;
    await registry.put('/v1/agent/service/maintenance/pay?enable=true&reason=upgrade');
    expect(await passing()).toEqual([]);
    expect((await registry.get('/v1/agent/checks')).json).toMatchObject({
      '_service_maintenance:pay': { Status: 'critical', Notes: 'upgrade', Type: 'maintenance' },
    });
    await registry.put('/v1/agent/service/maintenance/pay?enable=false');
    expect(await passing()).toHaveLength(1);
    expect((await registry.put('/v1/agent/service/maintenance/pay')).status).toBe(400);
    expect((await registry.put('/v1/agent/service/maintenance/x?enable=true')).status).toBe(404);
  });

  it('says who it is', async () => {
    await using registry = await servedRegistry();
    expect((await registry.get('/v1/agent/self')).json).toMatchObject({
      Config: { Datacenter: 'dc1', NodeName: 'fintech' },
      Member: { Name: 'fintech', Addr: '127.0.0.1', Port: 8301, Status: 1 },
    });
    expect((await registry.get('/v1/status/leader')).text).toBe('"127.0.0.1:8300"');
    expect((await registry.get('/v1/status/peers')).json).toEqual(['127.0.0.1:8300']);
    expect((await registry.get('/v1/agent/members')).json).toHaveLength(1);
  });
});
