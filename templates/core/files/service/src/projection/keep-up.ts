import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import type { EventStore } from '../platform/event-store.ts';
import type { ReadModel } from './read-model.ts';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5000;
const HEAD_MS = 5000;

/**
 * Follows the log into the read model until the signal is aborted, from where it stopped last
 * time; when the store ends the connection or is away, from where it stopped this time.
 */
export async function keepUp(
  { model, store }: { model: ReadModel; store: EventStore },
  options: { signal: AbortSignal; log: FastifyBaseLogger; onCaughtUp: () => void },
): Promise<void> {
  const { signal, log, onCaughtUp } = options;
  let pauseMs = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    try {
      model.alignWith(await store.head(AbortSignal.any([signal, AbortSignal.timeout(HEAD_MS)])));
      for await (const { events, caughtUp } of store.follow(model.position, signal)) {
        model.apply(events);
        if (caughtUp) onCaughtUp();
        pauseMs = FIRST_PAUSE_MS;
      }
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error }, 'following the log failed; trying again');
    }
    await sleep(pauseMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => {});
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}
