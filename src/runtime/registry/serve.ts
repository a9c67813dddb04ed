import type { RunningComponent, ServeComponent } from '../../kernel/component.ts';
import { agentEndpoints } from './http/agent.ts';
import { agentCheckEndpoints } from './http/agent-checks.ts';
import { agentServiceEndpoints } from './http/agent-services.ts';
import { blockingReads } from './http/blocking.ts';
import { catalogEndpoints } from './http/catalog.ts';
import { healthEndpoints } from './http/health.ts';
import { addProbes } from './http/probes.ts';
import { apiServer } from './http/server.ts';
import { Registry } from './registry.ts';

/** What a client that never finishes its request may delay the end. */
const CLOSE_MS = 500;

/**
 * Starts the registry: Consul's HTTP API v1 over what `<dataDir>/registry.db` holds.
 * Disposing it answers every blocked query with what is true then, and closes.
 * @throws FintechError SANDBOX_DATA_NEWER, SANDBOX_UNIT_FAILED; an `EADDRINUSE` error as it is
 */
export const serveRegistry: ServeComponent<{ dataDir: string; fastReap?: boolean }> = async (
  { listen, allowedHosts, dataDir, fastReap = false },
  deps,
): Promise<RunningComponent> => {
  const registry = new Registry({ dataDir, fastReap }, deps);
  const answer = blockingReads(registry, deps.random);
  const app = apiServer(
    [
      ...agentEndpoints(registry),
      ...agentServiceEndpoints(registry),
      ...agentCheckEndpoints(registry),
      ...catalogEndpoints(registry, answer),
      ...healthEndpoints(registry, answer),
    ],
    { log: deps.log, allowedHosts: new Set(allowedHosts) },
  );
  let stopping = false;
  addProbes(app, registry, () => !stopping);
  try {
    const url = await app.listen(listen);
    deps.log('info', 'registry ready', { url, index: registry.catalog.index });
    return {
      url,
      [Symbol.asyncDispose]: async () => {
        stopping = true;
        registry.waiters.releaseAll();
        using _deadline = deps.clock.after(CLOSE_MS, () => app.server.closeAllConnections());
        await app.close();
        registry[Symbol.dispose]();
      },
    };
  } catch (error) {
    registry[Symbol.dispose]();
    throw error;
  }
};
