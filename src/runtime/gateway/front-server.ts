import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ListenAddress } from '../../kernel/component.ts';
import { problem } from '../../kernel/problem.ts';
import type { Clock } from '../../kernel/time.ts';
import type { Exchange } from './exchange.ts';
import type { Gateway } from './gateway.ts';
import { type GatewayLimits, MAX_HEADER_BYTES } from './limits.ts';
import { answerUnreadable, problemOfUnreadable } from './unreadable.ts';

const KEEP_ALIVE_MS = 30_000;
/** How exactly the times for headers and bodies are kept. */
const CHECK_INTERVAL_MS = 1_000;

export interface FrontServerOptions {
  limits: GatewayLimits;
  clock: Clock;
  /** Told of each connection whose bytes are no readable request. */
  onUnreadable: () => void;
}

/** The client's side of the gateway: connections, their limits, and what no request came of. */
export class FrontServer {
  readonly #options: FrontServerOptions;
  readonly #gateway: Gateway;
  readonly #server: Server;
  readonly #latest = new WeakMap<Duplex, Exchange>();
  /** Connections without a request yet; node does not count them as idle. */
  readonly #fresh = new Set<Socket>();

  constructor(gateway: Gateway, options: FrontServerOptions) {
    this.#options = options;
    this.#gateway = gateway;
    this.#server = this.#createServer();
  }

  /** @returns the port that was bound */
  listen({ host, port }: ListenAddress): Promise<number> {
    const server = this.#server;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        resolve((server.address() as AddressInfo).port);
      });
    });
  }

  /** Takes no more, lets requests in progress finish for a while, then cuts what is left. */
  async close(): Promise<void> {
    const server = this.#server;
    const { clock, limits } = this.#options;
    const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
    for (const { response } of this.#gateway.inProgress) {
      response.shouldKeepAlive = false;
      response.once('close', () => server.closeIdleConnections());
    }
    for (const socket of this.#fresh) socket.destroy();
    using _grace = clock.after(limits.graceMs, () => server.closeAllConnections());
    await closed;
  }

  #createServer(): Server {
    const { limits, clock } = this.#options;
    const server = createServer({
      insecureHTTPParser: false,
      // Ours to check, with the rest of the framing.
      requireHostHeader: false,
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: limits.clientHeadersMs,
      requestTimeout: limits.clientRequestMs,
      connectionsCheckingInterval: Math.min(CHECK_INTERVAL_MS, limits.clientHeadersMs),
      keepAliveTimeout: KEEP_ALIVE_MS,
    });
    // Node drops fields beyond its count; we must see them all to judge the framing.
    server.maxHeadersCount = 0;
    server.maxConnections = limits.connections;
    server.on('connection', (socket: Socket) => {
      this.#fresh.add(socket);
      socket.once('close', () => this.#fresh.delete(socket));
    });
    const handle = this.#handle.bind(this);
    server.on('request', handle).on('checkContinue', handle).on('checkExpectation', handle);
    server.on('connect', (_request, socket) => {
      const refusal = problem(405, 'no-tunnels', { title: 'CONNECT is not served' });
      answerUnreadable(socket, refusal, clock);
    });
    server.on('clientError', (error: Error, socket) => this.#onUnreadable(error, socket));
    return server;
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    // Node goes on to read what was pipelined behind a request that is the last (RFC 9112 §9.6).
    if (this.#latest.get(socket)?.response.shouldKeepAlive === false) return;
    this.#fresh.delete(socket);
    this.#latest.set(socket, this.#gateway.handle(request, response));
  }

  #onUnreadable(error: Error, socket: Duplex): void {
    this.#options.onUnreadable();
    const exchange = this.#latest.get(socket);
    const isFromParser = 'code' in error && /^(?:HPE_|ERR_HTTP_)/.test(String(error.code));
    if (!isFromParser || !socket.writable) socket.destroy();
    else if (exchange === undefined || exchange.response.writableFinished) {
      answerUnreadable(socket, problemOfUnreadable(error), this.#options.clock);
    } else if (!exchange.request.complete) {
      exchange.breakBody(problemOfUnreadable(error));
    } else {
      // An answer to an earlier request is on its way; one of ours would be taken for it.
      socket.destroy();
    }
  }
}
