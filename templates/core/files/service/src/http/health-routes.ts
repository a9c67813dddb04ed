import type { FastifyInstance } from 'fastify';
import { Unavailable } from '../unavailable.ts';

/** Live: the process answers. Ready: it has read the log to its end once, so its books are full. */
export function healthRoutes(app: FastifyInstance, isReady: () => boolean): void {
  // Probed every few seconds: only trouble is worth a line.
  const quiet = { config: { open: true }, logLevel: 'warn' } as const;
  app.get('/health/live', { ...quiet, schema: { summary: 'Whether it runs' } }, () => {
    return { status: 'live' };
  });
  app.get('/health/ready', { ...quiet, schema: { summary: 'Whether it may be called' } }, () => {
    if (!isReady()) throw new Unavailable('not-ready', 'the log is still being read');
    return { status: 'ready' };
  });
}
