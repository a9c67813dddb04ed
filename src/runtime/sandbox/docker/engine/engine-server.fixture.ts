import { createServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer, type ServerOptions } from 'node:https';
import {
  createServer as createRawServer,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net';

/** What Docker 20.10 on Linux answers to `GET /version`, as far as anyone looks. */
export const VERSION = {
  Version: '20.10.24',
  ApiVersion: '1.41',
  MinAPIVersion: '1.12',
  Os: 'linux',
};

/** Where a test's server listens: a socket's path, or `host` on a free port. */
export interface Place {
  path?: string;
  host?: string;
}

export interface TestServer extends AsyncDisposable {
  port: number;
  /** Paths that were asked for, in order. */
  asked: string[];
}

/** A server that answers `GET /version` as an engine, and whatever else by `others`. */
export function serveEngine(
  version: object,
  place: Place = {},
  { tls, others }: { tls?: ServerOptions; others?: RequestListener } = {},
): Promise<TestServer> {
  const asked: string[] = [];
  const answer: RequestListener = (request, response) => {
    asked.push(request.url ?? '');
    if (request.url === '/version' || others === undefined) response.end(JSON.stringify(version));
    else others(request, response);
  };
  const server = tls === undefined ? createServer(answer) : createHttpsServer(tls, answer);
  return listening(server, place, asked);
}

/** A server of any protocol. */
export function serveRaw(
  onConnection: (socket: Socket) => void,
  place: Place = {},
): Promise<TestServer> {
  return listening(createRawServer(onConnection), place, []);
}

async function listening(server: Server, place: Place, asked: string[]): Promise<TestServer> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    // A client that gives up is what some tests are about.
    socket.on('error', () => {}).once('close', () => sockets.delete(socket));
    sockets.add(socket);
  });
  const { path, host = '127.0.0.1' } = place;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(path === undefined ? { host, port: 0 } : { path }, resolve);
  });
  return {
    asked,
    port: path === undefined ? (server.address() as AddressInfo).port : 0,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
