import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type {
  ComponentDeps,
  DoorOptions,
  ListenAddress,
  RunningComponent,
} from '../../../kernel/component.ts';
import { openKeys } from '../keys.ts';
import { adminRoutes } from './admin.ts';
import { Answers } from './answers.ts';
import type { IssuerClient, IssuerPersona } from './clients.ts';
import { type Door, openDoor } from './door.ts';
import { createIssuerMetrics } from './metrics.ts';
import { createProvider } from './provider.ts';
import { routesOf } from './routes.ts';
import type { AudienceScopes } from './scope-policy.ts';
import { type IssuerStore, openIssuerStore } from './sqlite-adapter.ts';

export interface IssuerOptions extends DoorOptions {
  /** The `iss` of its tokens, and the base of what discovery names. */
  issuer: string;
  /** Holds `identity.db`. */
  dataDir: string;
  keysDir: string;
  clients: readonly IssuerClient[];
  personas: readonly IssuerPersona[];
  scopes: AudienceScopes;
}

const CLOSE_GRACE_MS = 800;

/** Starts the issuer: a guarded door of plain HTTP before oidc-provider. */
export async function startIssuer(
  options: IssuerOptions,
  deps: ComponentDeps,
): Promise<RunningComponent> {
  const keys = openKeys(options.keysDir, deps.random, deps.clock);
  const store = openIssuerStore(options.dataDir, deps);
  try {
    const metrics = createIssuerMetrics();
    const answers = new Answers(deps);
    const parts = { ...options, ...deps, keys, store, answers, onIssued: metrics.issued };
    const make = () => {
      const provider = createProvider(parts);
      return { provider, handle: provider.callback() };
    };
    let made = make();
    const renew = () => {
      made = make();
    };
    const routes = new Map([
      ...routesOf({ ...parts, metrics, current: () => made }),
      ...adminRoutes({ ...parts, renew }),
    ]);
    const door = openDoor({ routes, metrics, hosts: new Set(options.allowedHosts) }, deps);
    await listen(door.server, options.listen);
    return runningComponent(door, store, deps);
  } catch (error) {
    store[Symbol.dispose]();
    throw error;
  }
}

function listen(server: Server, { host, port }: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function runningComponent(
  { server, owed }: Door,
  store: IssuerStore,
  { clock }: ComponentDeps,
): RunningComponent {
  const { address, port, family } = server.address() as AddressInfo;
  const host = family === 'IPv6' ? `[${address}]` : address;
  return {
    url: `http://${host}:${port}`,
    async [Symbol.asyncDispose]() {
      using _deadline = clock.after(CLOSE_GRACE_MS, () => server.closeAllConnections());
      for (const response of owed) {
        if (!response.headersSent) response.setHeader('connection', 'close');
      }
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      store[Symbol.dispose]();
    },
  };
}
