import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Docker from 'dockerode';
import { expect, it } from 'vitest';
import { hasInit } from './engine-init.ts';

/** Asks an engine that answers so when it is asked for its version. */
async function asked(status: number, version: unknown): Promise<boolean> {
  await using server = createServer((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
    response.end(JSON.stringify(version));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return await hasInit(new Docker({ host: '127.0.0.1', port, protocol: 'http' }));
}

const engine = { Name: 'Engine' };

it.each([
  ['lists it', { Components: [engine, { Name: 'docker-init' }] }, true],
  ['does not list it', { Components: [engine] }, false],
  ['lists nothing', {}, false],
])('an engine that %s is known by that', async (_, version, expected) => {
  expect(await asked(200, version)).toBe(expected);
});

it('an engine that cannot say is told of in our words', async () => {
  await expect(asked(500, { message: 'broken' })).rejects.toMatchObject({
    name: 'FintechError',
    message: expect.stringContaining('ask for its version'),
  });
});
