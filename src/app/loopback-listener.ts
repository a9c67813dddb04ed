import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FintechError, messageOf } from '../kernel/errors.ts';

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost']);
const DONE =
  '<!doctype html><html lang="en"><title>Done</title><p>You can close this page.</p></html>';

/** Waits at a redirect URI on this machine (RFC 8252 §7.3). */
export interface LoopbackListener extends AsyncDisposable {
  /** With the port that was taken, where the given one has none. */
  redirectUri: string;
  /** The address the browser was sent to. */
  redirected: Promise<URL>;
}

/** @throws FintechError USAGE_INVALID when the URI is not of this machine, SANDBOX_PORT_HELD */
export async function listenFor(redirectUri: string): Promise<LoopbackListener> {
  const { protocol, hostname, port, pathname } = new URL(redirectUri);
  if (protocol !== 'http:' || !LOOPBACK.has(hostname)) {
    throw new FintechError('USAGE_INVALID', `nobody here can wait at ${redirectUri}`, {
      hint: 'Give the client a redirect URI on loopback: http://127.0.0.1/callback.',
    });
  }
  const arrival = Promise.withResolvers<URL>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', actual);
    const isIt = url.pathname === pathname && request.method === 'GET';
    response.writeHead(isIt ? 200 : 404, {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      connection: 'close',
    });
    response.end(isIt ? DONE : '');
    if (isIt) arrival.resolve(url);
  });
  await listen(server, { host: hostname.replaceAll(/[[\]]/g, ''), port: Number(port) });
  const actual = new URL(redirectUri);
  actual.port = String((server.address() as AddressInfo).port);
  return {
    redirectUri: actual.href,
    redirected: arrival.promise,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, at: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const message = `cannot wait at port ${at.port}: ${messageOf(error)}`;
      reject(
        new FintechError('SANDBOX_PORT_HELD', message, {
          hint: 'Leave the port out of the redirect URI: then any will do.',
        }),
      );
    });
    server.listen(at.port, at.host, () => resolve());
  });
}
