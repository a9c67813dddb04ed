import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** A port of loopback for each name that nothing listened on a moment ago, no two alike. */
export async function freePorts(names: readonly string[]): Promise<Record<string, number>> {
  await using held = new AsyncDisposableStack();
  const ports: Record<string, number> = {};
  for (const name of names) {
    const server = held.use(createServer());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    ports[name] = (server.address() as AddressInfo).port;
  }
  return ports;
}
