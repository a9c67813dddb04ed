import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ComponentDeps } from '../../kernel/component.ts';
import { guardHost } from '../../kernel/host-guard.ts';
import { problem } from '../../kernel/problem.ts';
import type { RouteConfig } from '../../model/config.ts';
import { authorizeBearer } from '../access/bearer.ts';
import type { TokenVerifier } from '../access/contract.ts';
import type { Discovery } from './discovery.ts';
import { Exchange } from './exchange.ts';
import { bodyTooLarge, forward } from './forward.ts';
import { readFraming, type RequestTarget, valuesOf } from './framing.ts';
import { endToEndFields, takesTrailers, upstreamFields } from './header-fields.ts';
import { idempotencyFault } from './idempotency-key.ts';
import type { GatewayLimits } from './limits.ts';
import { answerOwn, noRoute, type OwnParts } from './own-endpoints.ts';
import { readPath } from './request-path.ts';
import { isReserved, type RouteTable } from './routes.ts';
import { traceOf } from './trace-context.ts';
import type { Upstreams } from './upstreams.ts';

export interface GatewayParts extends OwnParts {
  routes: RouteTable;
  verifier: TokenVerifier;
  discovery: Discovery;
  upstreams: Upstreams;
  limits: GatewayLimits;
  allowedHosts: ReadonlySet<string>;
}

/** A request that was read well: where it goes, and its fields without those for this hop. */
interface Reading {
  target: RequestTarget;
  fields: readonly string[];
}

/** Takes each request through the same steps: framing, host, route, token, instance, upstream. */
export class Gateway {
  readonly #parts: GatewayParts;
  readonly #deps: ComponentDeps;
  readonly #inProgress = new Set<Exchange>();

  constructor(parts: GatewayParts, deps: ComponentDeps) {
    this.#parts = parts;
    this.#deps = deps;
  }

  /** The requests that are not answered to their end. */
  get inProgress(): ReadonlySet<Exchange> {
    return this.#inProgress;
  }

  handle(request: IncomingMessage, response: ServerResponse): Exchange {
    const fields = endToEndFields(request.rawHeaders);
    const trace = traceOf(valuesOf(fields, 'traceparent'), this.#deps.random);
    const exchange = new Exchange(request, response, trace);
    this.#record(exchange);
    this.#step(exchange, fields).catch((error: unknown) => {
      this.#deps.log('error', 'request failed in the gateway', {
        traceId: trace.traceId,
        error: error instanceof Error ? error.stack : String(error),
      });
      exchange.refuse(problem(500, 'internal', { title: 'Fault in the gateway' }));
    });
    return exchange;
  }

  async #step(exchange: Exchange, fields: readonly string[]): Promise<void> {
    const { request, response } = exchange;
    const framing = readFraming({
      httpVersion: request.httpVersion,
      method: request.method ?? '',
      target: request.url ?? '',
      fields: request.rawHeaders,
    });
    if (!framing.ok) {
      response.shouldKeepAlive = false;
      const rest = { title: 'Request refused', detail: framing.fault };
      exchange.refuse(problem(framing.status, 'bad-framing', rest));
      return;
    }
    const { expect, origin } = request.headers;
    if (exchange.isWaiting && expect?.toLowerCase() !== '100-continue') {
      exchange.refuse(problem(417, 'expectation', { title: 'Expectation not known' }));
      return;
    }
    const wrongHost = guardHost({ host: framing.target.host, origin }, this.#parts.allowedHosts);
    if (wrongHost !== undefined) exchange.refuse(wrongHost);
    else await this.#serve(exchange, { target: framing.target, fields });
  }

  async #serve(exchange: Exchange, reading: Reading): Promise<void> {
    const path = readPath(reading.target.path);
    if (!path.ok && reading.target.path !== '*') {
      exchange.refuse(
        problem(400, 'ambiguous-path', {
          title: 'Path refused',
          detail: `The path can be read in more than one way. ${path.fault}`,
        }),
      );
      return;
    }
    exchange.path = path.ok ? path.path : '*';
    if (isReserved(exchange.path)) {
      await answerOwn(exchange, this.#parts);
      return;
    }
    if (this.#inProgress.size > this.#parts.limits.concurrentRequests) {
      exchange.refuse(problem(503, 'overloaded', { title: 'Too many requests in progress' }), {
        'retry-after': '1',
      });
      return;
    }
    exchange.route = this.#parts.routes.match(exchange.request.method ?? '', exchange.path);
    if (exchange.route === undefined) {
      exchange.refuse(noRoute(exchange));
    } else if (await this.#mayEnter(exchange, exchange.route, reading)) {
      this.#send(exchange, exchange.route, reading);
    }
  }

  async #mayEnter(exchange: Exchange, route: RouteConfig, reading: Reading): Promise<boolean> {
    const { fields, target } = reading;
    if (route.public !== true) {
      const credentials = {
        authorization: valuesOf(fields, 'authorization'),
        query: target.query,
        method: exchange.request.method ?? '',
        path: exchange.path,
        proofs: valuesOf(fields, 'dpop'),
      };
      const need = { all: route.scopes, any: route.anyScope };
      const entry = await authorizeBearer(credentials, this.#parts.verifier, need);
      exchange.clientId = entry.ok ? entry.claims.client_id : entry.clientId;
      if (!entry.ok) {
        exchange.refuse(entry.answer.problem, entry.answer.headers);
        return false;
      }
    }
    const keys = valuesOf(fields, 'idempotency-key');
    const fault = idempotencyFault(route, exchange.request.method ?? '', keys);
    if (fault !== undefined) exchange.refuse(fault);
    return fault === undefined;
  }

  #send(exchange: Exchange, route: RouteConfig, { fields, target }: Reading): void {
    const { request, trace } = exchange;
    const { limits, discovery, upstreams } = this.#parts;
    if (Number(request.headers['content-length'] ?? 0) > limits.bodyBytes) {
      exchange.refuse(bodyTooLarge());
      return;
    }
    const instance = discovery.pick(route.service);
    if (instance === undefined) {
      exchange.refuse(
        problem(503, 'no-instance', {
          title: 'Service unavailable',
          detail: `No healthy instance of the service ${route.service} is registered.`,
        }),
        { 'retry-after': '1' },
      );
      return;
    }
    exchange.upstream = instance.origin.slice('http://'.length);
    const peer = (request.socket.remoteAddress ?? 'unknown').replace(/^::ffff:/, '');
    forward(exchange, {
      pool: upstreams.poolOf(instance.origin),
      target: target.query === '' ? exchange.path : `${exchange.path}?${target.query}`,
      fields: upstreamFields(fields, {
        peer,
        host: target.host,
        trace,
        takesTrailers: takesTrailers(request.rawHeaders),
      }),
      limits,
      clock: this.#deps.clock,
    });
  }

  /** Counts the request, and writes its line of the access log when it is over. */
  #record(exchange: Exchange): void {
    const { request, response, trace } = exchange;
    const { clock, log } = this.#deps;
    const startMs = clock.monotonicMs();
    this.#inProgress.add(exchange);
    this.#parts.metrics.started();
    response.once('close', () => {
      this.#inProgress.delete(exchange);
      const durationMs = clock.monotonicMs() - startMs;
      const method = request.method ?? '';
      const route = exchange.route?.path ?? '';
      // 499: the client left before there was an answer; the name is nginx's.
      const status = response.headersSent ? response.statusCode : 499;
      this.#parts.metrics.ended({ method, route, status, durationMs });
      // A prober asks every few seconds, and is told the same each time.
      if (isReserved(exchange.path) && status < 400) return;
      log('info', 'request', {
        method,
        path: exchange.path,
        route,
        status,
        durationMs: Math.round(durationMs * 1000) / 1000,
        complete: response.writableFinished,
        upstream: exchange.upstream,
        clientId: exchange.clientId,
        problem: exchange.problem,
        traceId: trace.traceId,
      });
    });
  }
}
