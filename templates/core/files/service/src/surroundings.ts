import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { Dispatcher } from 'undici';
import type { Environment } from './platform/environment.ts';
import type { EventStore } from './platform/event-store.ts';
import type { ReadModel } from './projection/read-model.ts';

/** What the service is made from. */
export interface Surroundings {
  environment: Environment;
  store: EventStore;
  dispatcher: Dispatcher;
  log: FastifyBaseLogger;
  now?: () => Date;
  /** How long one command may take to be decided. */
  decideWithinMs?: number;
  /** How long a client waits for steps before it is told 202. */
  answerWithinMs?: number;
}

/** What it is made of. */
export interface Assembly {
  model: ReadModel;
  routes: (app: FastifyInstance) => void;
  /** What goes on beside requests, until the signal is aborted. */
  work: ((signal: AbortSignal) => Promise<void>)[];
}
