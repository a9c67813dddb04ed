import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import type { EventStore } from '../platform/event-store.ts';
import type { ReadModel } from '../projection/read-model.ts';
import type { Courier } from './courier.ts';
import type { Turn, Turns } from './turns.ts';

export interface DueWork {
  courier: Courier;
  turns: Turns;
  model: ReadModel;
  store: EventStore;
  now: () => Date;
}

/** What is due by time alone is looked for this often; what is due by an event, at once. */
const LOOK_MS = 200;
/** How long tries that are under way when the service stops may still take. */
const GRACE_MS = 2000;
const PAUSE_MS = 1000;
const HEAD_MS = 5000;

/**
 * Delivers what is due until the signal is aborted. Several instances may do so at once: each try
 * is claimed in the log before it is made.
 */
export async function deliverDue(
  { courier, turns, model, store, now }: DueWork,
  { signal, log }: { signal: AbortSignal; log: FastifyBaseLogger },
): Promise<void> {
  await caughtUp({ store, model }, signal);
  const running = new Set<Promise<void>>();
  const cut = new AbortController();
  let ended = new AbortController();

  const take = async (turn: Turn) => {
    try {
      await courier.deliver(turn.deliveryId, cut.signal);
    } catch (error) {
      log.warn({ err: error, ...turn }, 'a delivery could not be claimed or recorded');
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => {});
    }
    turns.end(turn);
    ended.abort();
  };
  while (!signal.aborted) {
    ended = new AbortController();
    const look = () => {
      const next = turns.next(now().getTime());
      return next.length > 0 ? next : undefined;
    };
    const wake = AbortSignal.any([signal, ended.signal, AbortSignal.timeout(LOOK_MS)]);
    for (const turn of (await model.until(look, wake)) ?? []) {
      turns.begin(turn);
      const one = take(turn).finally(() => running.delete(one));
      running.add(one);
    }
  }
  const timer = setTimeout(() => cut.abort(), GRACE_MS);
  await Promise.all(running);
  clearTimeout(timer);
}

/** A read model that is still being built shows as due what was delivered long ago. */
async function caughtUp(
  { store, model }: { store: EventStore; model: ReadModel },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const { position } = await store.head(
        AbortSignal.any([signal, AbortSignal.timeout(HEAD_MS)]),
      );
      await model.reached(position, signal);
      return;
    } catch {
      // Whoever follows the log has said so by now.
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => {});
    }
  }
}
