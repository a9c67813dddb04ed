import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { messageOf } from '../../../kernel/errors.ts';
import { guardHost } from '../../../kernel/host-guard.ts';
import type { Log } from '../../../kernel/log.ts';
import { REGISTRY_LIMITS } from '../limits.ts';
import { notSupported, Refusal } from '../refusal.ts';
import type { Answer, Endpoint } from './endpoint.ts';
import { Query, refuseUnsupported } from './query.ts';

const REQUEST_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 10_000;
/** How late a time-out may fire; Node looks only every 30 s unless told. */
const CHECK_INTERVAL_MS = 1000;
const METHODS = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'PATCH'] as const;
const NOT_BUILT =
  /^\/v1\/(?:acl|agent|catalog|config|connect|coordinate|discovery-chain|event|exported-services|health|imported-services|internal|kv|operator|peering|peerings|query|resource|session|snapshot|txn|validate)(?:\/|$)/;

export interface ApiServerOptions {
  log: Log;
  /** Host names besides loopback that requests may come for. */
  allowedHosts?: ReadonlySet<string>;
  /** A request that is not complete by then is cut off. 30 s by default. */
  requestTimeoutMs?: number;
}

/** Carries endpoints over HTTP the way Consul does: plain-text errors, JSON whatever its type. */
export function apiServer(
  endpoints: readonly Endpoint[],
  { log, allowedHosts, requestTimeoutMs: requestTimeout = REQUEST_TIMEOUT_MS }: ApiServerOptions,
): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: REGISTRY_LIMITS.bodyBytes,
    http: {
      connectionsCheckingInterval: CHECK_INTERVAL_MS,
      headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeout),
    },
    requestTimeout,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 16_384 },
    frameworkErrors: (error, _request, reply) =>
      void sendText(reply, error.statusCode ?? 400, error.message),
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.addHook('onRequest', async (request) => {
    const refused = guardHost(request.headers, allowedHosts);
    if (refused !== undefined) {
      throw new Refusal(refused.status, `${refused.title}: ${refused.detail ?? ''}`);
    }
  });
  app.setErrorHandler((error, request, reply) => {
    const { status, text } = readFailure(error);
    if (status === 500) log('error', 'request failed', { path: pathOf(request), reason: text });
    return sendText(reply, status, text);
  });
  app.setNotFoundHandler((request) => {
    const path = pathOf(request);
    if (NOT_BUILT.test(path)) throw notSupported(`${request.method} ${path.slice(0, 200)}`);
    throw new Refusal(404, 'Invalid URL path: not a recognized HTTP API endpoint');
  });
  for (const [path, methods] of byPath(endpoints)) addPath(app, path, methods);
  return app;
}

/** Without the query, which may hold a token. */
function pathOf({ url }: FastifyRequest): string {
  return url.split('?', 1)[0] ?? '';
}

type Methods = ReadonlyMap<string, Endpoint>;

function byPath(endpoints: readonly Endpoint[]): Map<string, Methods> {
  const paths = Map.groupBy(endpoints, ({ path }) => path);
  return new Map(
    [...paths].map(([path, group]) => [path, new Map(group.map((it) => [it.method, it]))]),
  );
}

function addPath(app: FastifyInstance, url: string, methods: Methods): void {
  const allow = ['OPTIONS', ...methods.keys(), ...(methods.has('GET') ? ['HEAD'] : [])].join(', ');
  for (const method of METHODS) {
    const endpoint = methods.get(method === 'HEAD' ? 'GET' : method);
    app.route({
      method,
      url,
      handler: async (request, reply) => {
        if (endpoint !== undefined) return sendAnswer(request, reply, endpoint);
        return sendText(reply.header('Allow', allow), 405, `method ${method} not allowed`);
      },
    });
  }
  app.options(url, (_request, reply) => reply.header('Allow', allow).send());
}

async function sendAnswer(
  request: FastifyRequest,
  reply: FastifyReply,
  endpoint: Endpoint,
): Promise<FastifyReply> {
  const query = new Query(request.url.split('?').slice(1).join('?'));
  refuseUnsupported(query);
  const { '*': name = '' } = request.params as { '*'?: string };
  const body = request.body instanceof Uint8Array ? request.body : new Uint8Array();
  const answer = await endpoint.handle({ name, query, body, signal: request.signal });
  return reply
    .headers({
      ...answer.headers,
      Vary: 'Accept-Encoding',
      'X-Consul-Default-ACL-Policy': 'allow',
    })
    .send(encode(answer, reply, query.has('pretty')));
}

function encode({ json }: Answer, reply: FastifyReply, pretty: boolean): Buffer | undefined {
  if (json === undefined) return undefined;
  reply.header('Content-Type', 'application/json');
  // As bytes: to text Fastify adds a charset, which Consul does not send.
  return Buffer.from(pretty ? `${JSON.stringify(json, null, 4)}\n` : JSON.stringify(json));
}

function sendText(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply.code(status).header('Content-Type', 'text/plain; charset=utf-8').send(text);
}

function readFailure(error: unknown): { status: number; text: string } {
  if (error instanceof Refusal) return { status: error.status, text: error.message };
  const status = (error as { statusCode?: number }).statusCode ?? 500;
  if (status === 413) {
    return { status, text: `Request body too large, max size: ${REGISTRY_LIMITS.bodyBytes} bytes` };
  }
  return { status, text: messageOf(error) };
}
