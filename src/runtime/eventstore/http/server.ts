import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { messageOf } from '../../../kernel/errors.ts';
import { guardHost } from '../../../kernel/host-guard.ts';
import type { Log } from '../../../kernel/log.ts';
import { type Problem, PROBLEM_MEDIA_TYPE } from '../../../kernel/problem.ts';
import type { Clock } from '../../../kernel/time.ts';
import { EVENT_LIMITS } from '../../../model/event.ts';
import { authorizeBearer } from '../../access/bearer.ts';
import type { AccessClaims, TokenVerifier } from '../../access/contract.ts';
import type { EventStore } from '../contract.ts';
import { appendEndpoints } from './append-endpoints.ts';
import { answerClientError } from './client-error.ts';
import type { Endpoint, EventsScope } from './endpoint.ts';
import { openapi } from './openapi.ts';
import { type ProbeDeps, probeEndpoints } from './probe-endpoints.ts';
import { type ReadDeps, readEndpoints } from './read-endpoints.ts';
import { type ProblemCode, Refusal } from './refusal.ts';
import { ServerStats } from './stats.ts';

const REQUEST_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 10_000;
/** How late a time-out may fire; Node looks only every 30 s unless told. */
const CHECK_INTERVAL_MS = 1000;
/** A client that takes nothing for so long is cut off; a follower hears from us every 15 s. */
const STALLED_MS = 60_000;
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

export interface EventServerOptions {
  store: EventStore;
  verifier: TokenVerifier;
  clock: Clock;
  log: Log;
  /** Ends followers. */
  stopping: AbortSignal;
  /** Host names besides loopback that requests may come for. */
  allowedHosts?: ReadonlySet<string>;
  /** Whether tokens can be checked, for the readiness probe; without it, they can. */
  hasKeys?: () => Promise<boolean>;
  /** A request that is not complete by then is cut off. 30 s by default. */
  requestTimeoutMs?: number;
}

/** The HTTP contract over any engine. The caller listens, and closes the store. */
export function createEventServer(options: EventServerOptions): FastifyInstance {
  const { requestTimeoutMs: requestTimeout = REQUEST_TIMEOUT_MS } = options;
  const app = fastify({
    logger: false,
    bodyLimit: EVENT_LIMITS.appendBytes,
    http: {
      connectionsCheckingInterval: CHECK_INTERVAL_MS,
      headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeout),
    },
    requestTimeout,
    connectionTimeout: STALLED_MS,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    exposeHeadRoutes: false,
    // Longer than any request line Node accepts, so that a long name is told to be too long.
    routerOptions: { maxParamLength: 65_536 },
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, _request, reply) => void sendFailure(reply, readFailure(error)),
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.addHook('onRequest', async (request, reply) => {
    const problem = guardHost(request.headers, options.allowedHosts);
    if (problem !== undefined) return sendFailure(reply, { problem, headers: {} });
  });
  app.setErrorHandler((error, request, reply) => {
    const failure = readFailure(error);
    if (failure.problem.status === 500) {
      options.log('error', 'request failed', { url: request.url, reason: messageOf(error) });
    }
    return sendFailure(reply, failure);
  });
  app.setNotFoundHandler(() => {
    throw new Refusal('not-found', 'There is nothing at this path; see /openapi.json.');
  });
  const endpoints = eventEndpoints(options);
  for (const path of new Set(endpoints.map((endpoint) => endpoint.path))) {
    addPath(
      app,
      endpoints.filter((endpoint) => endpoint.path === path),
      options.verifier,
    );
  }
  return app;
}

/** Everything the server answers. */
export function eventEndpoints(options: Omit<ReadDeps & ProbeDeps, 'stats'>): Endpoint[] {
  const stats = new ServerStats();
  return [
    ...appendEndpoints(options.store, stats),
    ...readEndpoints({ ...options, stats }),
    ...probeEndpoints({ ...options, stats }),
    { method: 'GET', path: '/openapi.json', handle: ({ reply }) => reply.send(openapi) },
  ];
}

function addPath(app: FastifyInstance, endpoints: Endpoint[], verifier: TokenVerifier): void {
  const url = endpoints[0]?.path ?? '/';
  const allow = endpoints.map(({ method }) => (method === 'GET' ? 'GET, HEAD' : method)).join(', ');
  for (const method of METHODS) {
    const endpoint = endpoints.find((it) => it.method === (method === 'HEAD' ? 'GET' : method));
    if (endpoint === undefined) {
      app.route({ method, url, handler: () => refuseMethod(method, allow) });
      continue;
    }
    const claimsOf = new WeakMap<FastifyRequest, AccessClaims>();
    const { scope, handle } = endpoint;
    app.route({
      method,
      url,
      ...(scope !== undefined && {
        // Before the body is read.
        onRequest: async (request: FastifyRequest, reply: FastifyReply) => {
          const claims = await authorize(request, reply, { verifier, scope });
          if (claims === undefined) return reply;
          claimsOf.set(request, claims);
        },
      }),
      handler: (request, reply) => handle({ request, reply, claims: claimsOf.get(request) }),
    });
  }
}

function refuseMethod(method: string, allow: string): never {
  throw new Refusal('method-not-allowed', `${method} is not served here.`, { headers: { allow } });
}

/** The claims of the token; where it does not let the request in, the answer is sent. */
async function authorize(
  request: FastifyRequest,
  reply: FastifyReply,
  { verifier, scope }: { verifier: TokenVerifier; scope: EventsScope },
): Promise<AccessClaims | undefined> {
  const { authorization = [], dpop: proofs = [] } = request.raw.headersDistinct;
  const [path = '', ...rest] = request.url.split('?');
  const credentials = {
    authorization,
    query: rest.join('?'),
    method: request.method,
    path,
    proofs,
  };
  const access = await authorizeBearer(credentials, verifier, { all: [scope] });
  if (access.ok) return access.claims;
  sendFailure(reply, access.answer);
  return undefined;
}

interface Failure {
  problem: Problem;
  headers: Record<string, string>;
}

function sendFailure(reply: FastifyReply, { problem, headers }: Failure): FastifyReply {
  return (
    reply
      .code(problem.status)
      .headers(headers)
      .header('content-type', PROBLEM_MEDIA_TYPE)
      // As bytes: to text Fastify adds a charset, which this media type does not have.
      .send(Buffer.from(JSON.stringify(problem)))
  );
}

function readFailure(error: unknown): Failure {
  if (error instanceof Refusal) return error;
  const { statusCode = 500 } = error as { statusCode?: number };
  return new Refusal(codeOf(statusCode), detailOf(statusCode, error));
}

function codeOf(status: number): ProblemCode {
  if (status === 408) return 'request-timeout';
  if (status === 413) return 'append-too-large';
  if (status === 415) return 'unsupported-media-type';
  return status >= 400 && status < 500 ? 'bad-request' : 'internal';
}

function detailOf(status: number, error: unknown): string {
  if (status === 413) return `A body has at most ${EVENT_LIMITS.appendBytes} bytes.`;
  return status < 500 ? messageOf(error) : 'The log of the event store says more.';
}
