import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { REGISTRY_LIMITS } from '../limits.ts';
import { servedRegistry } from '../registry-fixture.ts';

const PAY = { Name: 'pay', ID: 'pay-1', Port: 8080, Tags: ['v1', 'EU'], Check: { TTL: '10s' } };

describe('what is refused', () => {
  it.each([
    [
      'PUT /v1/agent/service/deregister/x',
      404,
      'Unknown service ID "x". Ensure that the service ID is passed, not the service name.',
    ],
    [
      'PUT /v1/agent/check/pass/x',
      404,
      'Unknown check ID "x". Ensure that the check ID is passed, not the check name.',
    ],
    [
      'PUT /v1/agent/check/deregister/x',
      404,
      'Unknown check ID "x". Ensure that the check ID is passed, not the check name.',
    ],
    [
      'PUT /v1/agent/check/deregister/serfHealth',
      404,
      'Unknown check ID "serfHealth". Ensure that the check ID is passed, not the check name.',
    ],
    ['PUT /v1/agent/service/deregister/consul', 400, '"consul" is the registry\'s own service'],
    ['GET /v1/agent/service/x', 404, 'unknown service ID: x'],
    ['GET /v1/health/service/', 400, 'Missing service name'],
    ['GET /v1/health/state/fine', 400, 'Invalid state: must be any, passing, warning or critical'],
    ['GET /v1/health/service/x?passing=maybe', 400, 'Invalid value for ?passing: "maybe"'],
    [
      'GET /v1/catalog/services?stale&consistent',
      400,
      'Cannot specify ?stale with ?consistent, conflicting semantics.',
    ],
    ['GET /v1/catalog/services?dc=dc2', 400, 'No path to datacenter: the only one is "dc1"'],
    ['GET /v1/catalog/services?ns=team', 400, 'Invalid ns: only the default exists'],
    [
      'GET /v1/catalog/services?filter=x',
      501,
      'Not supported by this registry: query parameter "filter"',
    ],
    [
      'GET /v1/agent/service/x?hash=abc',
      501,
      'Not supported by this registry: query parameter "hash"',
    ],
    ['GET /v1/kv/config/app', 501, 'Not supported by this registry: GET /v1/kv/config/app'],
    ['PUT /v1/session/create', 501, 'Not supported by this registry: PUT /v1/session/create'],
    ['PUT /v1/txn', 501, 'Not supported by this registry: PUT /v1/txn'],
    ['PUT /v1/agent/leave', 501, 'Not supported by this registry: PUT /v1/agent/leave'],
    ['GET /v1/nonsense', 404, 'Invalid URL path: not a recognized HTTP API endpoint'],
    ['GET /v1/agent/service/%zz', 400, "'/v1/agent/service/%zz' is not a valid url component"],
  ])('%s is %d', async (line, status, text) => {
    const [method = '', path = ''] = line.split(' ');
    await using registry = await servedRegistry();
    const answer = await registry.get(path, { method });
    expect([answer.status, answer.text]).toEqual([status, text]);
    expect(answer.headers.get('content-type')).toContain('text/plain');
  });

  it('accepts what only names the default', async () => {
    await using registry = await servedRegistry();
    const path = '/v1/catalog/services?dc=dc1&ns=default&partition=default&peer=&filter=&hash=';
    expect((await registry.get(path)).status).toBe(200);
  });

  it('another method is 405 with Allow', async () => {
    await using registry = await servedRegistry();
    const answer = await registry.get('/v1/agent/service/register', { method: 'POST' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'OPTIONS, PUT']);
    const options = await registry.get('/v1/catalog/services', { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow')]).toEqual([200, 'OPTIONS, GET, HEAD']);
  });

  it('a body of one byte more than the limit is 413, and one at the limit is read', async () => {
    await using registry = await servedRegistry();
    await registry.put('/v1/agent/service/register', PAY);
    const body = (bytes: number) => {
      const empty = JSON.stringify({ Status: 'passing', Output: '' });
      return JSON.stringify({ Status: 'passing', Output: 'x'.repeat(bytes - empty.length) });
    };
    const path = '/v1/agent/check/update/service:pay-1';
    const { bodyBytes } = REGISTRY_LIMITS;
    expect((await registry.put(path, body(bodyBytes))).status).toBe(200);
    expect(await registry.put(path, body(bodyBytes + 1))).toMatchObject({
      status: 413,
      text: `Request body too large, max size: ${bodyBytes} bytes`,
    });
  });

  it('requests a browser was tricked into sending', async () => {
    await using registry = await servedRegistry();
    const cross = await registry.get('/v1/catalog/services', {
      headers: { Origin: 'https://evil.example' },
    });
    expect(cross.status).toBe(403);
    const { promise, resolve } = Promise.withResolvers<number | undefined>();
    request(`${registry.url}/health/live`, { headers: { Host: 'evil.example' } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).end();
    expect(await promise).toBe(421);
  });
});
