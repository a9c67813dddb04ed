import { join } from 'node:path';
import type { ComponentDeps, RunningComponent, ServeComponent } from '../../kernel/component.ts';
import { ReplayMemory } from '../access/policies/replay-memory.ts';
import { PublishedOrigins } from '../access/published-origins.ts';
import { remoteJwks } from '../access/remote-jwks.ts';
import { createTokenVerifier } from '../access/verifier.ts';
import type { EventStore } from './contract.ts';
import { createEventServer } from './http/server.ts';

/** What a client that never finishes its request may delay the end. */
const CLOSE_MS = 500;

export interface EventsOptions {
  /** Holds `events.db`. */
  dataDir: string;
  engine: 'sqlite' | 'memory';
  issuer: string;
  jwksUrl: string;
}

/**
 * Starts the event store. Disposing it ends followers, finishes accepted appends, and closes.
 * @throws FintechError SANDBOX_DATA_NEWER, SANDBOX_UNIT_FAILED; an `EADDRINUSE` error as it is
 */
export const serveEvents: ServeComponent<EventsOptions> = async (
  { listen, allowedHosts, publishedPort, issuer, jwksUrl, ...storage },
  deps,
): Promise<RunningComponent> => {
  const { clock, log } = deps;
  const store = await openStore(storage, deps);
  const stopping = new AbortController();
  const keys = remoteJwks({ url: jwksUrl, clock });
  const origins = new PublishedOrigins({ allowedHosts, publishedPort });
  const dpop = { isPublished: (origin: string) => origins.has(origin), memory: new ReplayMemory() };
  const policies = { dpop };
  const verifier = createTokenVerifier({ issuer, audience: 'events', keys, clock, policies });
  const app = createEventServer({
    store,
    verifier,
    clock,
    log,
    stopping: stopping.signal,
    allowedHosts: new Set(allowedHosts),
    hasKeys: async () => (await keys.current()) !== undefined,
  });
  try {
    const url = await app.listen(listen);
    origins.bound(url);
    const { engine } = store.capabilities;
    log('info', 'event store ready', { url, engine, position: (await store.head()).position });
    return {
      url,
      [Symbol.asyncDispose]: async () => {
        stopping.abort();
        using _deadline = clock.after(CLOSE_MS, () => app.server.closeAllConnections());
        await app.close();
        await store[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
};

/** Each engine loads only what it needs. */
async function openStore(
  { engine, dataDir }: Pick<EventsOptions, 'engine' | 'dataDir'>,
  deps: ComponentDeps,
): Promise<EventStore> {
  if (engine === 'memory') {
    const { openMemoryStore } = await import('./engines/memory.ts');
    return openMemoryStore(deps);
  }
  const { openSqliteStore } = await import('./engines/sqlite.ts');
  return openSqliteStore({ ...deps, path: join(dataDir, 'events.db') });
}
