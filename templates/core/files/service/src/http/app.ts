import Fastify, { type FastifyInstance, LogController } from 'fastify';
import { SERVICE } from '../names.ts';
import type { AccessOptions } from '../platform/access.ts';
import { traceIdOf } from '../platform/trace.ts';
import { guard } from './guard.ts';
import { healthRoutes } from './health-routes.ts';
import { parseBody } from './json-body.ts';
import { openapiRoute } from './openapi.ts';
import { sendError, sendProblem } from './problems.ts';
import { projectionRoute } from './projection-route.ts';
import { emptyBody, formats } from './formats.ts';

export interface AppOptions {
  access: AccessOptions;
  isReady: () => boolean;
  dataFolder: string;
  /** What this service offers. */
  routes: (app: FastifyInstance) => void;
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Aborted once the service stops: who is kept waiting is then told how far things are. */
    closing: AbortSignal;
  }
}

const BODY_LIMIT = 65_536;
const REQUEST_MS = 10_000;
/** How late a time-out may fire; Node looks only every 30 s unless told. */
const CHECK_INTERVAL_MS = 1000;

/** Puts the whole HTTP surface on a server. */
export function addRoutes(app: FastifyInstance, options: AppOptions): void {
  app.setErrorHandler(sendError);
  app.setNotFoundHandler((request, reply) => {
    const detail = `nothing answers ${request.method} on this path`;
    return sendProblem(request, reply, { status: 404, code: 'route-unknown', detail });
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      done(null, body.length === 0 ? undefined : parseBody(Buffer.from(body)));
    } catch (error) {
      done(error as Error);
    }
  });
  app.addHook('preValidation', async (request) => {
    const isNone = request.body === undefined;
    if (isNone && request.routeOptions.schema?.body === emptyBody) request.body = {};
  });
  const closing = new AbortController();
  app.decorate('closing', closing.signal);
  app.addHook('preClose', async () => closing.abort());
  openapiRoute(app);
  guard(app, options.access);
  healthRoutes(app, options.isReady);
  projectionRoute(app, options.dataFolder);
  options.routes(app);
}

/**
 * A server without routes yet. Its log is JSON lines, each with the trace id of its request.
 * @param logLevel as pino names it; nothing is written where it is absent
 * @param requestTimeout in ms; a request that is not complete by then is cut off
 */
export function createServer(
  logLevel: string = 'silent',
  requestTimeout: number = REQUEST_MS,
): FastifyInstance {
  return Fastify({
    bodyLimit: BODY_LIMIT,
    http: { connectionsCheckingInterval: CHECK_INTERVAL_MS, headersTimeout: requestTimeout },
    requestTimeout,
    forceCloseConnections: 'idle',
    logger: {
      level: logLevel,
      messageKey: 'message',
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      // The route and not the address, which holds names of accounts, or a token by mistake.
      serializers: { req: ({ method, routeOptions }) => ({ method, route: routeOptions?.url }) },
      formatters: { level: (level) => ({ level }), bindings: () => ({ service: SERVICE }) },
    },
    genReqId: (request) => traceIdOf(request.headers['traceparent']),
    requestIdHeader: false,
    logController: new LogController({ requestIdLogLabel: 'traceId' }),
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: (error, request, reply) => void sendError(error, request, reply),
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false }, onCreate: addFormats },
  });
}

function addFormats(ajv: { addFormat(name: string, check: (text: string) => boolean): unknown }) {
  for (const [name, check] of Object.entries(formats)) ajv.addFormat(name, check);
}
