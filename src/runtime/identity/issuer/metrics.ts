import { Counter, Histogram, Registry } from 'prom-client';

/** What one issuer counts, in a registry of its own. */
export interface IssuerMetrics {
  readonly contentType: string;
  render(): Promise<string>;
  request(labels: { method: string; route: string; status: number }, seconds: number): void;
  issued: (clientId: string) => void;
}

/** Request durations by OpenTelemetry's HTTP names, and tokens by client. */
export function createIssuerMetrics(): IssuerMetrics {
  const registry = new Registry();
  const durations = new Histogram({
    name: 'http_server_request_duration_seconds',
    help: 'Duration of requests.',
    labelNames: ['http_request_method', 'http_route', 'http_response_status_code'],
    registers: [registry],
  });
  const tokens = new Counter({
    name: 'fintech_identity_tokens_issued_total',
    help: 'Access tokens issued.',
    labelNames: ['client_id'],
    registers: [registry],
  });
  return {
    contentType: registry.contentType,
    render: () => registry.metrics(),
    request: ({ method, route, status }, seconds) =>
      durations.observe(
        {
          http_request_method: method,
          http_route: route,
          http_response_status_code: status,
        },
        seconds,
      ),
    issued: (clientId) => tokens.inc({ client_id: clientId }),
  };
}
