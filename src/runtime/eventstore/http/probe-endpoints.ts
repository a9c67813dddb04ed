import type { EventStore } from '../contract.ts';
import type { Endpoint } from './endpoint.ts';
import { exposition, type ServerStats } from './stats.ts';

export interface ProbeDeps {
  store: EventStore;
  stats: ServerStats;
  /** Whether tokens can be checked; without it, they can. */
  hasKeys?: (() => Promise<boolean>) | undefined;
}

/**
 * What every component of a sandbox has. Ready means: a write has just reached the disk, and the
 * issuer's keys are here, without which nobody may read or append.
 */
export function probeEndpoints({ store, stats, hasKeys }: ProbeDeps): Endpoint[] {
  let metrics: ReturnType<typeof exposition> | undefined;
  return [
    {
      method: 'GET',
      path: '/health/live',
      handle: ({ reply }) => reply.send({ status: 'live' }),
    },
    {
      method: 'GET',
      path: '/health/ready',
      handle: async ({ reply }) => {
        const probe = await store.probe();
        if (!probe.ok) return reply.code(503).send({ status: 'unavailable', detail: probe.detail });
        if ((await hasKeys?.()) ?? true) return reply.send({ status: 'ready' });
        const detail = 'the issuer has shown no keys yet';
        return reply.code(503).send({ status: 'starting', detail });
      },
    },
    {
      method: 'GET',
      path: '/metrics',
      handle: async ({ reply }) => {
        metrics ??= exposition(stats, store);
        const { type, text } = await (await metrics)();
        return reply.header('content-type', type).send(text);
      },
    },
  ];
}
