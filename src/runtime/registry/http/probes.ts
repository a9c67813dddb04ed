import type { FastifyInstance } from 'fastify';
import type { GaugeConfiguration } from 'prom-client';
import type { Registry } from '../registry.ts';
import { CHECK_STATUSES } from '../records.ts';

/** `/health/live`, `/health/ready` and `/metrics`, which every component of a sandbox has. */
export function addProbes(app: FastifyInstance, registry: Registry, isReady: () => boolean): void {
  app.get('/health/live', () => ({ status: 'live' }));
  app.get('/health/ready', (_request, reply) =>
    reply.code(isReady() ? 200 : 503).send({ status: isReady() ? 'ready' : 'stopping' }),
  );
  let metrics: ReturnType<typeof registryMetrics> | undefined;
  app.get('/metrics', async (_request, reply) => {
    metrics ??= registryMetrics(registry);
    const { contentType, text } = await metrics;
    return reply.header('Content-Type', contentType).send(await text());
  });
}

/** Loads prom-client with the first scrape: most registries are never scraped. */
async function registryMetrics(
  registry: Registry,
): Promise<{ contentType: string; text: () => Promise<string> }> {
  const { Gauge, Registry: Metrics } = await import('prom-client');
  const metrics = new Metrics();
  const gauge = (name: string, options: Omit<GaugeConfiguration<'status'>, 'name'>) =>
    new Gauge({ ...options, name, registers: [metrics] });
  const { catalog, waiters } = registry;
  gauge('fintech_registry_index', {
    help: 'The index of the last change.',
    collect() {
      this.set(catalog.index);
    },
  });
  gauge('fintech_registry_instances', {
    help: 'Registered instances, with the registry itself.',
    collect() {
      this.set(catalog.instanceCount);
    },
  });
  gauge('fintech_registry_blocked_queries', {
    help: 'Queries that wait for a change.',
    collect() {
      this.set(waiters.count);
    },
  });
  gauge('fintech_registry_checks', {
    help: 'Checks by status.',
    labelNames: ['status'],
    collect() {
      const checks = [...catalog.checks()];
      for (const status of CHECK_STATUSES) {
        this.set({ status }, checks.filter((check) => check.status === status).length);
      }
    },
  });
  return { contentType: metrics.contentType, text: () => metrics.metrics() };
}
