import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { Agent } from 'undici';
import { assemble } from '../../src/assemble.ts';
import { addRoutes, createServer } from '../../src/http/app.ts';
import { BASE_PATH, SERVICE } from '../../src/names.ts';
import { readEnvironment, type Variables } from '../../src/platform/environment.ts';
import { keepUp } from '../../src/projection/keep-up.ts';
import type { ReadModel } from '../../src/projection/read-model.ts';
import { MemoryEventStore } from './memory-event-store.ts';
import { ISSUER, issuerKeys, tokenWith } from './tokens.ts';

export interface InstanceOptions {
  store?: MemoryEventStore;
  dataFolder?: string;
  decideWithinMs?: number;
  answerWithinMs?: number;
  now?: () => Date;
  /** Of its environment, besides the usual ones. */
  variables?: Variables;
}

const NOWHERE = 'http://127.0.0.1:9';

/** The whole service without a port: real routes, tokens and tables over an event store in memory. */
export class Instance implements AsyncDisposable {
  readonly app: FastifyInstance;
  readonly store: MemoryEventStore;
  readonly model: ReadModel;
  readonly dataFolder: string;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>[];
  readonly #dispatcher = new Agent();
  readonly #ownFolder: boolean;
  #token = '';

  static async open(options: InstanceOptions = {}): Promise<Instance> {
    const instance = new Instance(options);
    await instance.start();
    return instance;
  }

  protected constructor(options: InstanceOptions) {
    this.#ownFolder = options.dataFolder === undefined;
    this.dataFolder = options.dataFolder ?? mkdtempSync(join(tmpdir(), `${SERVICE}-`));
    this.store = options.store ?? new MemoryEventStore();
    this.app = createServer();
    const { store, dataFolder, app } = this;
    const { log } = app;
    const { now, decideWithinMs, answerWithinMs } = options;
    const { model, routes, work } = assemble({
      environment: readEnvironment({ ...variables(dataFolder), ...options.variables }),
      store,
      dispatcher: this.#dispatcher,
      log,
      ...(now && { now }),
      ...(decideWithinMs !== undefined && { decideWithinMs }),
      ...(answerWithinMs !== undefined && { answerWithinMs }),
    });
    this.model = model;
    const access = { issuer: ISSUER, audience: 'api', keys: issuerKeys };
    addRoutes(app, { access, isReady: () => true, dataFolder, routes });
    const { signal } = this.#stopping;
    this.#running = [
      keepUp({ model, store }, { signal, log, onCaughtUp: () => {} }),
      ...work.map((one) => one(signal)),
    ];
  }

  protected async start(): Promise<void> {
    this.#token = await tokenWith();
    await this.model.reached(this.store.events.length, AbortSignal.timeout(5000));
  }

  get(path: string, token: string = this.#token): Promise<LightMyRequestResponse> {
    return this.app.inject({ url: `${BASE_PATH}${path}`, headers: bearer(token) });
  }

  /** @param body an object, or a text sent as it is */
  post(
    path: string,
    body?: object | string,
    headers: Record<string, string> = {},
  ): Promise<LightMyRequestResponse> {
    return this.app.inject({
      method: 'POST',
      url: `${BASE_PATH}${path}`,
      headers: { ...bearer(this.#token), 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { payload: body }),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.app.close();
    this.#stopping.abort();
    await Promise.all(this.#running);
    this.model.close();
    await this.#dispatcher.destroy();
    if (this.#ownFolder) rmSync(this.dataFolder, { recursive: true });
  }
}

function variables(dataFolder: string): Variables {
  return {
    DATA_DIR: dataFolder,
    LOG_LEVEL: 'silent',
    FINTECH_EVENTS_URL: NOWHERE,
    FINTECH_ISSUER: ISSUER,
    FINTECH_JWKS_URL: NOWHERE,
    FINTECH_TOKEN_URL: NOWHERE,
    FINTECH_CLIENT_ID: SERVICE,
    FINTECH_CLIENT_SECRET: 'secret',
  };
}

function bearer(token: string): { authorization: string } {
  return { authorization: `Bearer ${token}` };
}
