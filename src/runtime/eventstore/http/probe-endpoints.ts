import type { EventStore } from '../contract.ts';
import type { Endpoint } from './endpoint.ts';
import { exposition, type ServerStats } from './stats.ts';

/** What every component of a sandbox has. Ready means: a write has just reached the disk. */
export function probeEndpoints(store: EventStore, stats: ServerStats): Endpoint[] {
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
        return probe.ok
          ? reply.send({ status: 'ready' })
          : reply.code(503).send({ status: 'unavailable', detail: probe.detail });
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
