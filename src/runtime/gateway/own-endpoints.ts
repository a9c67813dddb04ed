import { type Problem, problem } from '../../kernel/problem.ts';
import type { Exchange } from './exchange.ts';
import type { GatewayMetrics } from './metrics.ts';

export interface OwnParts {
  metrics: GatewayMetrics;
  /** Whether keys and instances are known. */
  isReady: () => Promise<boolean>;
}

/** Answers on the reserved paths, which no route can take: `/health/*` and `/metrics`. */
export async function answerOwn(exchange: Exchange, { metrics, isReady }: OwnParts): Promise<void> {
  const { path, request } = exchange;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    const refusal = problem(405, 'read-only', { title: 'Only GET and HEAD are served here' });
    exchange.refuse(refusal, { allow: 'GET, HEAD' });
  } else if (path === '/health/live') {
    answerStatus(exchange, 200, 'live');
  } else if (path === '/health/ready') {
    if (await isReady()) answerStatus(exchange, 200, 'ready');
    else answerStatus(exchange, 503, 'starting');
  } else if (path === '/metrics') {
    const text = await metrics.text();
    exchange.response.writeHead(200, { 'content-type': metrics.contentType }).end(text);
  } else {
    exchange.refuse(noRoute(exchange));
  }
}

export function noRoute({ request, path }: Exchange): Problem {
  const detail = `No route takes ${request.method} ${path}.`;
  return problem(404, 'no-route', { title: 'No such route', detail });
}

function answerStatus({ response }: Exchange, code: number, status: string): void {
  response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify({ status }));
}
