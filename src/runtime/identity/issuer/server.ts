import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type {
  ComponentDeps,
  DoorOptions,
  ListenAddress,
  RunningComponent,
} from '../../../kernel/component.ts';
import { messageOf } from '../../../kernel/errors.ts';
import { guardHost } from '../../../kernel/host-guard.ts';
import { type Problem, PROBLEM_MEDIA_TYPE, problem } from '../../../kernel/problem.ts';
import { type KeyStore, openKeys } from '../keys.ts';
import { createIssuerMetrics, type IssuerMetrics } from './metrics.ts';
import { createProvider, DISCOVERY_PATHS, JWKS_PATH, TOKEN_PATH } from './provider.ts';
import type { AudienceScopes, IssuerClient } from './scope-policy.ts';
import { type IssuerStore, openIssuerStore } from './sqlite-adapter.ts';

/** Node looks only every 30 s unless told, which would let a dripping request live that long. */
const TIME_LIMITS = {
  requestTimeout: 10_000,
  headersTimeout: 5000,
  connectionsCheckingInterval: 1000,
};

export interface IssuerOptions extends DoorOptions {
  /** The `iss` of its tokens, and the base of what discovery names. */
  issuer: string;
  /** Holds `identity.db`. */
  dataDir: string;
  keysDir: string;
  clients: readonly IssuerClient[];
  scopes: AudienceScopes;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;
/** Handlers by path, then by method. What is not named here does not exist. */
type Routes = ReadonlyMap<string, Readonly<Record<string, Handler>>>;

/** A token request is a few hundred bytes; oidc-provider itself stops at 56 KiB. */
const MAX_BODY_BYTES = 56 * 1024;
const CLOSE_GRACE_MS = 800;

/** Starts the issuer: a guarded door of plain HTTP before oidc-provider. */
export async function startIssuer(
  options: IssuerOptions,
  deps: ComponentDeps,
): Promise<RunningComponent> {
  const keys = openKeys(options.keysDir, deps.random, deps.clock);
  const store = openIssuerStore(options.dataDir, deps);
  try {
    const metrics = createIssuerMetrics();
    const provider = createProvider({
      ...options,
      keys,
      store,
      log: deps.log,
      onIssued: metrics.issued,
    });
    const routes = routesOf({ keys, store, metrics, oidc: provider.callback() });
    const door = openDoor({ routes, metrics, hosts: new Set(options.allowedHosts) }, deps);
    await listen(door.server, options.listen);
    return runningComponent(door, store, deps);
  } catch (error) {
    store[Symbol.dispose]();
    throw error;
  }
}

function routesOf(parts: {
  keys: KeyStore;
  store: IssuerStore;
  metrics: IssuerMetrics;
  oidc: Handler;
}): Routes {
  const { keys, store, metrics, oidc } = parts;
  const ready: Handler = (_request, response) => {
    store.probe();
    sendJson(response, { status: 'ready' });
  };
  const read = (handler: Handler) => ({ GET: handler, HEAD: handler });
  return new Map<string, Readonly<Record<string, Handler>>>([
    [TOKEN_PATH, { POST: oidc }],
    // From the folder, so that a key another command made is published without a restart.
    [JWKS_PATH, read((_request, response) => sendJson(response, keys.jwks(), JWKS_TYPE))],
    ...DISCOVERY_PATHS.map((path) => [path, read(oidc)] as const),
    ['/health/live', read((_request, response) => sendJson(response, { status: 'live' }))],
    ['/health/ready', read(ready)],
    [
      '/metrics',
      read(async (_request, response) => {
        send(response, { type: metrics.contentType, body: await metrics.render() });
      }),
    ],
  ]);
}

/** What lies behind the door, and by which names it may be asked for. */
interface DoorParts {
  routes: Routes;
  metrics: IssuerMetrics;
  hosts: ReadonlySet<string>;
}

/** The server, and the answers it still owes. */
interface Door {
  server: Server;
  owed: ReadonlySet<ServerResponse>;
}

function openDoor({ routes, metrics, hosts }: DoorParts, { clock, log }: ComponentDeps): Door {
  const owed = new Set<ServerResponse>();
  const server = createServer(TIME_LIMITS, (request, response) => {
    const startMs = clock.monotonicMs();
    const path = request.url?.split('?', 1)[0] ?? '';
    owed.add(response);
    response.once('close', () => {
      owed.delete(response);
      const route = routes.has(path) ? path : 'none';
      const labels = { method: request.method ?? '', route, status: response.statusCode };
      metrics.request(labels, (clock.monotonicMs() - startMs) / 1000);
    });
    void answer({ request, response, path, routes, hosts }).catch((error: unknown) => {
      log('error', 'request failed', { path, error: messageOf(error) });
      if (response.headersSent) response.destroy();
      else sendProblem(response, problem(503, 'not-ready', { title: 'The issuer is not able' }));
    });
  });
  return { server, owed };
}

async function answer(exchange: {
  request: IncomingMessage;
  response: ServerResponse;
  path: string;
  routes: Routes;
  hosts: ReadonlySet<string>;
}): Promise<void> {
  const { request, response, path, routes, hosts } = exchange;
  const refusal = guardHost(request.headers, hosts) ?? tooLarge(request);
  if (refusal !== undefined) return sendProblem(response, refusal);
  const methods = routes.get(path);
  if (methods === undefined) {
    const detail = 'The issuer has no such endpoint.';
    return sendProblem(response, problem(404, 'not-found', { title: 'Not found', detail }));
  }
  const handler = methods[request.method ?? ''];
  if (handler === undefined) {
    response.setHeader('allow', Object.keys(methods).join(', '));
    return sendProblem(response, problem(405, 'method', { title: 'Method not allowed' }));
  }
  await handler(request, response);
}

function tooLarge({ headers }: IncomingMessage): Problem | undefined {
  if (Number(headers['content-length'] ?? 0) <= MAX_BODY_BYTES) return undefined;
  const detail = `A request body may have at most ${MAX_BODY_BYTES} bytes.`;
  return problem(413, 'too-large', { title: 'Body too large', detail });
}

const JSON_TYPE = 'application/json; charset=utf-8';
const JWKS_TYPE = 'application/jwk-set+json; charset=utf-8';

function sendJson(response: ServerResponse, value: object, type: string = JSON_TYPE): void {
  send(response, { type, body: JSON.stringify(value) });
}

function sendProblem(response: ServerResponse, body: Problem): void {
  response.statusCode = body.status;
  // The rest of a refused request is not read.
  response.setHeader('connection', 'close');
  send(response, { type: PROBLEM_MEDIA_TYPE, body: JSON.stringify(body) });
}

function send(response: ServerResponse, { type, body }: { type: string; body: string }): void {
  response.setHeader('content-type', type);
  response.setHeader('content-length', Buffer.byteLength(body));
  response.end(body);
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

function runningComponent(
  { server, owed }: Door,
  store: IssuerStore,
  { clock }: ComponentDeps,
): RunningComponent {
  const { address, port, family } = server.address() as AddressInfo;
  const host = family === 'IPv6' ? `[${address}]` : address;
  return {
    url: `http://${host}:${port}`,
    async [Symbol.asyncDispose]() {
      using _deadline = clock.after(CLOSE_GRACE_MS, () => server.closeAllConnections());
      for (const response of owed) {
        if (!response.headersSent) response.setHeader('connection', 'close');
      }
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      store[Symbol.dispose]();
    },
  };
}
