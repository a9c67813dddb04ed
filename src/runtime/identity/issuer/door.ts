import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { ComponentDeps } from '../../../kernel/component.ts';
import { messageOf } from '../../../kernel/errors.ts';
import { guardHost } from '../../../kernel/host-guard.ts';
import { type Problem, PROBLEM_MEDIA_TYPE, problem } from '../../../kernel/problem.ts';
import type { IssuerMetrics } from './metrics.ts';

/** Node looks only every 30 s unless told, which would let a dripping request live that long. */
const TIME_LIMITS = {
  requestTimeout: 10_000,
  headersTimeout: 5000,
  connectionsCheckingInterval: 1000,
};

/** A token request is a few hundred bytes; oidc-provider itself stops at 56 KiB. */
const MAX_BODY_BYTES = 56 * 1024;

export type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;
/**
 * Handlers by path, then by method. What is not named here does not exist. A path that ends in
 * `/:id` stands for those with one segment of letters, digits, `-` and `_` in its place.
 */
export type Routes = ReadonlyMap<string, Readonly<Record<string, Handler>>>;

/** What lies behind the door, and by which names it may be asked for. */
export interface DoorParts {
  routes: Routes;
  metrics: IssuerMetrics;
  hosts: ReadonlySet<string>;
}

/** The server, and the answers it still owes. */
export interface Door {
  server: Server;
  owed: ReadonlySet<ServerResponse>;
}

export function openDoor(
  { routes, metrics, hosts }: DoorParts,
  { clock, log }: ComponentDeps,
): Door {
  const owed = new Set<ServerResponse>();
  const server = createServer(TIME_LIMITS, (request, response) => {
    const startMs = clock.monotonicMs();
    const path = request.url?.split('?', 1)[0] ?? '';
    owed.add(response);
    response.once('close', () => {
      owed.delete(response);
      const route = routeOf(path, routes) ?? 'none';
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
  const methods = routes.get(routeOf(path, routes) ?? '');
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

function routeOf(path: string, routes: Routes): string | undefined {
  if (routes.has(path)) return path;
  const pattern = path.replace(/\/[A-Za-z0-9_-]{1,64}$/, '/:id');
  return routes.has(pattern) ? pattern : undefined;
}

function tooLarge({ headers }: IncomingMessage): Problem | undefined {
  if (Number(headers['content-length'] ?? 0) <= MAX_BODY_BYTES) return undefined;
  const detail = `A request body may have at most ${MAX_BODY_BYTES} bytes.`;
  return problem(413, 'too-large', { title: 'Body too large', detail });
}

const JSON_TYPE = 'application/json; charset=utf-8';

export function sendJson(response: ServerResponse, value: object, type: string = JSON_TYPE): void {
  send(response, { type, body: JSON.stringify(value) });
}

export function sendProblem(response: ServerResponse, body: Problem): void {
  response.statusCode = body.status;
  // The rest of a refused request is not read.
  response.setHeader('connection', 'close');
  send(response, { type: PROBLEM_MEDIA_TYPE, body: JSON.stringify(body) });
}

export function send(
  response: ServerResponse,
  { type, body }: { type: string; body: string },
): void {
  response.setHeader('content-type', type);
  response.setHeader('content-length', Buffer.byteLength(body));
  response.end(body);
}
