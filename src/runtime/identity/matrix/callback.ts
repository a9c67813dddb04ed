import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An address that tokens name as the place of their key: whoever asks there obeyed a stranger. */
export interface Callback extends AsyncDisposable {
  url: string;
  /** How often somebody asked. */
  calls: () => number;
}

/** Listens on this machine; only an API that runs here too can reach it. */
export async function openCallback(): Promise<Callback> {
  let calls = 0;
  const server = createServer((_, response) => {
    calls++;
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/keys`,
    calls: () => calls,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
