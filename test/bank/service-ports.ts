import { once } from 'node:events';
import { createServer } from 'node:net';
import { systemRandom } from '../../src/kernel/random.ts';

/** Above what `up` chooses by itself, below what outgoing connections are given. */
const LOWEST = 10_000;
const COUNT = 20_000;

/**
 * A port for each service. One that was killed finds it free again: neither another sandbox, as
 * other tests start them, nor a connection takes it meanwhile.
 */
export async function servicePorts(services: readonly string[]): Promise<Map<string, number>> {
  const ports = new Map<string, number>();
  for (const service of services) {
    let port: number;
    do port = LOWEST + Math.floor(systemRandom.fraction() * COUNT);
    while ([...ports.values()].includes(port) || !(await isFree(port)));
    ports.set(service, port);
  }
  return ports;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
