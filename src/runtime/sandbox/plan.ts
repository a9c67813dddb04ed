import { join } from 'node:path';
import type { Config, ServiceConfig } from '../../model/config.ts';
import {
  type Audience,
  COMPONENT_SCOPES,
  COMPONENTS,
  type ComponentName,
} from '../../model/names.ts';

export type UnitKind = 'component' | 'service';

/** One thing the sandbox starts. The same plan is run by every driver. */
export interface Unit {
  name: string;
  kind: UnitKind;
  /** Units that must be ready first. */
  needs: readonly string[];
  port: number;
  /** Base URL on this machine. */
  url: string;
  /** Path below `url` that answers 200 when the unit is ready. */
  readyPath: string;
  /** What it is configured by, beyond what it inherits. Holds secrets. */
  environment: Readonly<Record<string, string>>;
  /** How a service starts; absent for components. */
  process?: ServiceProcess;
}

export interface ServiceProcess {
  /** Absolute folder it runs in. */
  folder: string;
  /** A shell command, or undefined for `src/main.ts` by fintech's own Node. */
  command: string | undefined;
  /** Folders below `folder` whose changes restart it. */
  watch: readonly string[];
}

export interface SandboxPlan {
  /** In the order they start. */
  units: readonly Unit[];
  /** Services that run elsewhere, entered into the registry: name to URL. */
  external: Readonly<Record<string, string>>;
}

export interface PlanInput {
  config: Config;
  root: string;
  stateFolder: string;
  keysFolder: string;
  ports: Readonly<Record<string, number>>;
  /** The secret of an OAuth client. */
  secretOf: (clientId: string) => string;
  /** Services left out. */
  except: ReadonlySet<string>;
}

/** What `up` starts, computed from the configuration and the ports, and nothing else. */
export function planSandbox(input: PlanInput): SandboxPlan {
  const services = Object.entries(input.config.services ?? {}).filter(
    ([name]) => !input.except.has(name),
  );
  const external = services.flatMap(([name, { external }]) =>
    external === undefined ? [] : [[name, external]],
  );
  return {
    units: [
      ...COMPONENTS.map((name) => componentUnit(name, input)),
      ...services
        .filter(([, service]) => service.external === undefined)
        .map(([name, service]) => serviceUnit(name, service, input)),
    ],
    external: Object.fromEntries(external) as Record<string, string>,
  };
}

/** Addresses of a running sandbox, as programs expect them in their environment. */
export function addresses(ports: Readonly<Record<string, number>>): Record<string, string> {
  const issuer = loopback(ports['identity']);
  return {
    CONSUL_HTTP_ADDR: loopback(ports['registry']),
    FINTECH_EVENTS_URL: loopback(ports['events']),
    FINTECH_GATEWAY_URL: loopback(ports['gateway']),
    FINTECH_ISSUER: issuer,
    FINTECH_JWKS_URL: `${issuer}/jwks`,
    FINTECH_TOKEN_URL: `${issuer}/token`,
  };
}

/** What one service is given, addresses included. */
export function serviceEnvironment(name: string, input: PlanInput): Record<string, string> {
  const { config, ports, stateFolder } = input;
  const port = String(ports[name]);
  return {
    ...addresses(ports),
    ...config.services?.[name]?.env,
    HOST: '127.0.0.1',
    PORT: port,
    FINTECH_SERVICE: name,
    FINTECH_INSTANCE: `${name}-1`,
    ADVERTISE_HOST: '127.0.0.1',
    ADVERTISE_PORT: port,
    DATA_DIR: join(stateFolder, 'data', 'services', name),
    ...clientEnvironment(name, input),
  };
}

/** How a service authenticates at the token endpoint (HTTP Basic). */
export function clientEnvironment(name: string, { secretOf }: PlanInput): Record<string, string> {
  return { FINTECH_CLIENT_ID: name, FINTECH_CLIENT_SECRET: secretOf(name) };
}

function serviceUnit(name: string, service: ServiceConfig, input: PlanInput): Unit {
  const port = input.ports[name] ?? 0;
  return {
    name,
    kind: 'service',
    needs: [...COMPONENTS],
    port,
    url: loopback(port),
    readyPath: service.ready ?? '/health/ready',
    environment: serviceEnvironment(name, input),
    process: {
      folder: join(input.root, service.path ?? '.'),
      command: service.command,
      watch: service.watch ?? ['src'],
    },
  };
}

const NEEDS: Readonly<Record<ComponentName, readonly ComponentName[]>> = {
  registry: [],
  identity: ['registry'],
  events: ['registry', 'identity'],
  gateway: ['registry', 'identity', 'events'],
};

function componentUnit(name: ComponentName, input: PlanInput): Unit {
  const port = input.ports[name] ?? 0;
  return {
    name,
    kind: 'component',
    needs: NEEDS[name],
    port,
    url: loopback(port),
    readyPath: '/health/ready',
    environment: {
      HOST: '127.0.0.1',
      PORT: String(port),
      ADVERTISE_HOST: '127.0.0.1',
      ADVERTISE_PORT: String(port),
      DATA_DIR: join(input.stateFolder, 'data', name),
      ...addresses(input.ports),
      ...componentEnvironment(name, input),
    },
  };
}

function componentEnvironment(name: ComponentName, input: PlanInput): Record<string, string> {
  switch (name) {
    case 'identity':
      return {
        KEYS_DIR: input.keysFolder,
        FINTECH_CLIENTS: JSON.stringify(clientsOf(input)),
        FINTECH_SCOPES: JSON.stringify(scopesByAudience(input.config)),
      };
    case 'events':
      return { FINTECH_ENGINE: 'sqlite' };
    case 'gateway':
      return { FINTECH_ROUTES: JSON.stringify(input.config.gateway?.routes ?? []) };
    case 'registry':
      return {};
  }
}

/** Every client of the configuration, and every service, which is a client of its own name. */
function clientsOf({
  config,
  secretOf,
}: PlanInput): { clientId: string; secret: string; scopes: readonly string[] }[] {
  const configured = config.identity?.clients ?? {};
  const ids = new Set([...Object.keys(configured), ...Object.keys(config.services ?? {})]);
  return [...ids].map((clientId) => ({
    clientId,
    secret: secretOf(clientId),
    scopes: configured[clientId]?.scopes ?? [],
  }));
}

/** Scopes known to the project, each under the audience it is meant for. */
export function scopesByAudience(config: Config): Record<Audience, string[]> {
  const { clients = {}, personas = {} } = config.identity ?? {};
  const routes = config.gateway?.routes ?? [];
  const named = [
    ...Object.values(clients).flatMap(({ scopes }) => scopes),
    ...Object.values(personas).flatMap(({ scopes }) => scopes),
    ...routes.flatMap(({ scopes = [], anyScope = [] }) => [...scopes, ...anyScope]),
  ];
  const ours = new Set<string>([...COMPONENT_SCOPES.events, ...COMPONENT_SCOPES.admin]);
  const api = new Set([...COMPONENT_SCOPES.api, ...named.filter((scope) => !ours.has(scope))]);
  return {
    api: [...api],
    events: [...COMPONENT_SCOPES.events],
    admin: [...COMPONENT_SCOPES.admin],
  };
}

function loopback(port: number | undefined): string {
  return `http://127.0.0.1:${port}`;
}
