import { Counter, Gauge, Histogram, Registry } from 'prom-client';

const KNOWN_METHODS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'CONNECT',
  'TRACE',
]);

/** Prometheus metrics by OpenTelemetry's names for HTTP servers; own registry per gateway. */
export class GatewayMetrics {
  readonly #registry = new Registry();
  readonly #active = new Gauge({
    name: 'http_server_active_requests',
    help: 'Requests in progress.',
    registers: [this.#registry],
  });
  readonly #duration = new Histogram({
    name: 'http_server_request_duration_seconds',
    help: 'Duration of requests by method, route and status.',
    labelNames: ['http_request_method', 'http_route', 'http_response_status_code'] as const,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
    registers: [this.#registry],
  });
  readonly #refused = new Counter({
    name: 'fintech_gateway_unreadable_requests_total',
    help: 'Requests refused before they could be read as HTTP.',
    registers: [this.#registry],
  });

  get contentType(): string {
    return this.#registry.contentType;
  }

  started(): void {
    this.#active.inc();
  }

  /** @param route its path in the configuration, never a request's */
  ended(request: { method: string; route: string; status: number; durationMs: number }): void {
    this.#active.dec();
    const { method, route, status, durationMs } = request;
    this.#duration.observe(
      {
        http_request_method: KNOWN_METHODS.has(method) ? method : '_OTHER',
        http_route: route,
        http_response_status_code: status,
      },
      durationMs / 1000,
    );
  }

  unreadable(): void {
    this.#refused.inc();
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
