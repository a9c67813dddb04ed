import type { AddressInfo } from 'node:net';
import { Agent } from 'undici';
import { expireHolds } from './commands/expire-holds.ts';
import { Ledger } from './commands/ledger.ts';
import { addRoutes, createServer } from './http/app.ts';
import { statusOf } from './http/problems.ts';
import { SERVICE } from './names.ts';
import { remoteKeys } from './platform/access.ts';
import type { Environment } from './platform/environment.ts';
import { HttpEventStore } from './platform/event-store.ts';
import { stayRegistered } from './platform/registry.ts';
import { TokenSource } from './platform/tokens.ts';
import { keepUp } from './projection/keep-up.ts';
import { ReadModel } from './projection/read-model.ts';

/** A service that listens. Disposing it finishes what it accepted, then closes. */
export interface RunningService extends AsyncDisposable {
  url: string;
}

/** Starts everything and puts it together. */
export async function startService(environment: Environment): Promise<RunningService> {
  const stopping = new AbortController();
  const { signal } = stopping;
  const dispatcher = new Agent({ connections: 64, connectTimeout: 2000 });
  const app = createServer(environment.logLevel);
  const { log } = app;
  const model = new ReadModel(environment.dataFolder, (event, error) => {
    log.error({ err: error, position: event.globalposition, type: event.type }, 'event left out');
  });
  const store = eventStore(environment, dispatcher);
  const ledger = new Ledger({ store, model, statusOf });

  const caughtUp = Promise.withResolvers<void>();
  let ready = false;
  const isReady = () => ready;
  const onCaughtUp = () => {
    ready = true;
    caughtUp.resolve();
  };
  const { issuer, jwksUrl, dataFolder, host, port } = environment;
  const access = { issuer, audience: 'api', keys: remoteKeys(jwksUrl) };
  addRoutes(app, { ledger, model, dataFolder, access, isReady });
  await app.listen({ host, port });
  const { port: bound } = app.server.address() as AddressInfo;

  const work = [
    keepUp({ model, store }, { signal, log, onCaughtUp }),
    expireHolds({ ledger, holds: model }, { signal, log }),
  ];
  const { registry, instance, advertise } = environment;
  const leaving = new AbortController();
  const address = { host: advertise.host, port: advertise.port ?? bound };
  const registration = { service: SERVICE, instance, address, dispatcher, log };
  // Nobody is sent here before the books are full.
  const registered =
    registry &&
    caughtUp.promise.then(() => stayRegistered({ ...registry, ...registration }, leaving.signal));
  return {
    url: `http://${host}:${bound}`,
    async [Symbol.asyncDispose]() {
      // Out of the registry first, so that nobody new comes; then finish, then let go.
      leaving.abort();
      caughtUp.resolve();
      await registered;
      await app.close();
      stopping.abort();
      await Promise.all(work);
      model.close();
      await dispatcher.destroy();
    },
  };
}

function eventStore(environment: Environment, dispatcher: Agent): HttpEventStore {
  const { eventsUrl, tokenUrl, client } = environment;
  const scope = 'events:append events:read';
  const resource = 'urn:fintech:events';
  const tokens = new TokenSource({ tokenUrl, client, resource, scope, dispatcher });
  return new HttpEventStore({ url: eventsUrl, tokens, dispatcher });
}
