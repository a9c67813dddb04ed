import type { AddressInfo } from 'node:net';
import { Agent } from 'undici';
import { assemble } from './assemble.ts';
import { addRoutes, createServer } from './http/app.ts';
import { SERVICE } from './names.ts';
import { remoteKeys } from './platform/access.ts';
import type { Environment } from './platform/environment.ts';
import { HttpEventStore } from './platform/event-store.ts';
import { stayRegistered } from './platform/registry.ts';
import { TokenSource } from './platform/tokens.ts';
import { keepUp } from './projection/keep-up.ts';

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
  const store = eventStore(environment, dispatcher);
  const { model, routes, work } = assemble({ environment, store, dispatcher, log });

  const caughtUp = Promise.withResolvers<void>();
  let ready = false;
  const isReady = () => ready;
  const onCaughtUp = () => {
    ready = true;
    caughtUp.resolve();
  };
  const { issuer, jwksUrl, dataFolder, host, port } = environment;
  const access = { issuer, audience: 'api', keys: remoteKeys(jwksUrl) };
  addRoutes(app, { access, isReady, dataFolder, routes });
  await app.listen({ host, port });
  const { port: bound } = app.server.address() as AddressInfo;

  const running = [
    keepUp({ model, store }, { signal, log, onCaughtUp }),
    ...work.map((one) => one(signal)),
  ];
  const { registry, instance, advertise } = environment;
  const leaving = new AbortController();
  const address = { host: advertise.host, port: advertise.port ?? bound };
  const registration = { service: SERVICE, instance, address, dispatcher, log };
  // Nobody is sent here before all of the log is read.
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
      await Promise.all(running);
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
