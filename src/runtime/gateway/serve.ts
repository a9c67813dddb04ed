import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ComponentDeps, ListenAddress, ServeComponent } from '../../kernel/component.ts';
import { FintechError } from '../../kernel/errors.ts';
import { problem } from '../../kernel/problem.ts';
import type { Clock } from '../../kernel/time.ts';
import type { RouteConfig } from '../../model/config.ts';
import { remoteJwks } from '../access/remote-jwks.ts';
import { createTokenVerifier } from '../access/verifier.ts';
import { checkRoutes } from './check-routes.ts';
import { discover } from './discovery.ts';
import type { Exchange } from './exchange.ts';
import { Gateway, type GatewayParts } from './gateway.ts';
import { DEFAULT_LIMITS, type GatewayLimits, MAX_HEADER_BYTES } from './limits.ts';
import { GatewayMetrics } from './metrics.ts';
import { routeTable } from './routes.ts';
import { answerUnreadable, problemOfUnreadable } from './unreadable.ts';
import { Upstreams } from './upstreams.ts';

export interface GatewayOptions {
  routes: readonly RouteConfig[];
  /** Base URL of a registry that speaks Consul's HTTP API v1. */
  registryUrl: string;
  issuer: string;
  jwksUrl: string;
  /** Tokens must be meant for it. */
  audience: string;
  /** Host names besides loopback that requests may come for. */
  allowedHosts?: readonly string[];
  limits?: Partial<GatewayLimits>;
}

/**
 * Starts the gateway. It listens at once; `/health/ready` says when keys and instances are known.
 * @throws FintechError CONFIG_INVALID when a route breaks a rule of `checkRoutes`
 */
export const serveGateway: ServeComponent<GatewayOptions> = async (options, deps) => {
  const [violation] = checkRoutes(options.routes);
  if (violation !== undefined) {
    throw new FintechError('CONFIG_INVALID', `${violation.path} ${violation.message}.`);
  }
  const parts = partsOf(options, deps);
  const gateway = new Gateway(parts, deps);
  const server = serverOf(gateway, parts, deps.clock);
  try {
    await listen(server, options.listen);
  } catch (error) {
    await parts.discovery[Symbol.asyncDispose]();
    throw error;
  }
  const { port } = server.address() as AddressInfo;
  const host = options.listen.host.includes(':') ? `[${options.listen.host}]` : options.listen.host;
  return {
    url: `http://${host}:${port}`,
    [Symbol.asyncDispose]: () => stop({ server, gateway, parts, deps }),
  };
};

function partsOf(options: GatewayOptions, deps: ComponentDeps): GatewayParts {
  const { issuer, audience, registryUrl, jwksUrl: url } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const keys = remoteJwks({ url, clock: deps.clock });
  const upstreams = new Upstreams(limits);
  const services = [...new Set(options.routes.map(({ service }) => service))];
  const onChange = (origins: ReadonlySet<string>) => upstreams.retain(origins);
  const discovery = discover({ registryUrl, services, onChange }, deps);
  return {
    routes: routeTable(options.routes),
    verifier: createTokenVerifier({ issuer, audience, keys, clock: deps.clock }),
    discovery,
    upstreams,
    metrics: new GatewayMetrics(),
    limits,
    allowedHosts: new Set(options.allowedHosts),
    isReady: async () => (await keys.current()) !== undefined && discovery.isReady(),
  };
}

function serverOf(gateway: Gateway, parts: GatewayParts, clock: Clock): Server {
  const { limits, metrics } = parts;
  const latest = new WeakMap<Duplex, Exchange>();
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    // Node goes on to read what was pipelined behind a request that is the last (RFC 9112 §9.6).
    if (latest.get(request.socket)?.response.shouldKeepAlive === false) return;
    latest.set(request.socket, gateway.handle(request, response));
  };
  const server = createServer(
    {
      insecureHTTPParser: false,
      // Ours to check, with the rest of the framing.
      requireHostHeader: false,
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: limits.clientHeadersMs,
      requestTimeout: limits.clientRequestMs,
      connectionsCheckingInterval: Math.min(1_000, limits.clientHeadersMs),
      keepAliveTimeout: 30_000,
    },
    handle,
  );
  // Node drops fields beyond its count; we must see them all to judge the framing.
  server.maxHeadersCount = 0;
  server.on('checkContinue', handle);
  server.on('checkExpectation', handle);
  server.on('connect', (_request, socket) => {
    answerUnreadable(socket, problem(405, 'no-tunnels', { title: 'CONNECT is not served' }), clock);
  });
  server.on('clientError', (error: Error, socket) => {
    metrics.unreadable();
    refuseUnreadable({ error, socket, clock, exchange: latest.get(socket) });
  });
  return server;
}

function refuseUnreadable(broken: {
  error: Error;
  socket: Duplex;
  clock: Clock;
  exchange: Exchange | undefined;
}): void {
  const { error, socket, clock, exchange } = broken;
  const isOurs = 'code' in error && /^(?:HPE_|ERR_HTTP_)/.test(String(error.code));
  if (!isOurs || !socket.writable) socket.destroy();
  else if (exchange === undefined || exchange.response.writableFinished) {
    answerUnreadable(socket, problemOfUnreadable(error), clock);
  } else if (!exchange.request.complete) {
    exchange.breakBody(problemOfUnreadable(error));
  } else {
    // An answer to an earlier request is on its way; one of ours would be taken for it.
    socket.destroy();
  }
}

function listen(server: Server, { host, port }: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Takes no more, lets requests in progress finish for a while, then cuts what is left. */
async function stop(running: {
  server: Server;
  gateway: Gateway;
  parts: GatewayParts;
  deps: ComponentDeps;
}): Promise<void> {
  const { server, gateway, parts, deps } = running;
  const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
  for (const { response } of gateway.inProgress) {
    response.shouldKeepAlive = false;
    response.once('close', () => server.closeIdleConnections());
  }
  server.closeIdleConnections();
  using _grace = deps.clock.after(parts.limits.graceMs, () => server.closeAllConnections());
  await closed;
  await parts.discovery[Symbol.asyncDispose]();
  await parts.upstreams[Symbol.asyncDispose]();
}
