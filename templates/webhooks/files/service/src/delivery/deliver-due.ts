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

interface Running {
  signal: AbortSignal;
  log: FastifyBaseLogger;
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
export async function deliverDue(work: DueWork, { signal, log }: Running): Promise<void> {
  await caughtUp(work, signal);
  const tries = new Tries(work, { signal, log });
  while (!signal.aborted) {
    try {
      await tries.startDue();
    } catch (error) {
      log.warn({ err: error }, 'what is due could not be looked for; trying again');
      await pause(signal);
    }
  }
  await tries.finish();
}

/** Tries that are under way. */
class Tries {
  readonly #work: DueWork;
  readonly #running: Running;
  readonly #underWay = new Set<Promise<void>>();
  readonly #cut = new AbortController();
  #ended = new AbortController();

  constructor(work: DueWork, running: Running) {
    this.#work = work;
    this.#running = running;
  }

  /** Waits until something is due, or has ended, or a while; then starts what may start. */
  async startDue(): Promise<void> {
    const { turns, model, now } = this.#work;
    this.#ended = new AbortController();
    const { signal } = this.#running;
    const wake = AbortSignal.any([signal, this.#ended.signal, AbortSignal.timeout(LOOK_MS)]);
    const look = () => {
      const next = turns.next(now().getTime());
      return next.length > 0 ? next : undefined;
    };
    for (const turn of (await model.until(look, wake)) ?? []) {
      turns.begin(turn);
      const one = this.#take(turn).finally(() => this.#underWay.delete(one));
      this.#underWay.add(one);
    }
  }

  /** Lets them end for a moment, then breaks them off. */
  async finish(): Promise<void> {
    const timer = setTimeout(() => this.#cut.abort(), GRACE_MS);
    await Promise.all(this.#underWay);
    clearTimeout(timer);
  }

  async #take(turn: Turn): Promise<void> {
    const { courier, turns } = this.#work;
    const { signal, log } = this.#running;
    try {
      await courier.deliver(turn.deliveryId, this.#cut.signal);
    } catch (error) {
      log.warn({ err: error, ...turn }, 'a delivery could not be claimed or recorded');
      await pause(signal);
    }
    turns.end(turn);
    this.#ended.abort();
  }
}

/** A read model that is still being built shows as due what was delivered long ago. */
async function caughtUp({ store, model }: DueWork, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const soon = AbortSignal.any([signal, AbortSignal.timeout(HEAD_MS)]);
      const { position } = await store.head(soon);
      await model.reached(position, signal);
      return;
    } catch {
      // Whoever follows the log has said so by now.
      await pause(signal);
    }
  }
}

async function pause(signal: AbortSignal): Promise<void> {
  await sleep(PAUSE_MS, undefined, { signal }).catch(() => {});
}
