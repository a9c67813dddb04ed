import { join } from 'node:path';
import type { ClientConfig, Config, ServiceConfig } from '../../model/config.ts';
import {
  type Audience,
  COMPONENT_SCOPES,
  COMPONENTS,
  type ComponentName,
} from '../../model/names.ts';
import { type Persona, personasOf } from '../../model/personas.ts';
import type { Topology } from './topology.ts';

export type UnitKind = 'component' | 'service';

/** One thing the sandbox starts. The same plan is run by every driver. */
export interface Unit {
  name: string;
  kind: UnitKind;
  /** Units that must be ready first. */
  needs: readonly string[];
  /** Where this machine reaches it. */
  port: number;
  /** Base URL for this machine. */
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
  /** The same, as seen from the workspace's root. */
  path: string;
  /** A shell command, or undefined for `src/main.ts` by fintech's own Node. */
  command: string | undefined;
  /** Folders below `folder` whose changes restart it. */
  watch: readonly string[];
}

export interface SandboxPlan {
  /** In the order they start. */
  units: readonly Unit[];
}

export interface PlanInput {
  config: Config;
  root: string;
  /** Ports by which this machine reaches the units. */
  ports: Readonly<Record<string, number>>;
  /** The host that publishes these ports: loopback, unless the engine is elsewhere. */
  publishedHost: string;
  /** How the units reach each other. */
  topology: Topology;
  /** The secret of an OAuth client. */
  secretOf: (clientId: string) => string;
  /** Services left out. */
  except: ReadonlySet<string>;
}

/** What `up` starts, computed from the configuration and the ports, and nothing else. */
export function planSandbox(input: PlanInput): SandboxPlan {
  return {
    units: [
      ...COMPONENTS.map((name) => componentUnit(name, input)),
      ...servicesOf(input)
        .filter(([, { external }]) => external === undefined)
        .map(([name, service]) => serviceUnit(name, service, input)),
    ],
  };
}

function servicesOf({ config, except }: PlanInput): [name: string, ServiceConfig][] {
  return Object.entries(config.services ?? {}).filter(([name]) => !except.has(name));
}

/** Services that run outside of the sandbox, by name: their URLs as units reach them. */
function externalServices(input: PlanInput): Record<string, string> {
  const entries = servicesOf(input).flatMap(([name, { external }]) =>
    external === undefined ? [] : [[name, input.topology.externalUrl(external)] as const],
  );
  return Object.fromEntries(entries);
}

/** Addresses of the components, as programs expect them in their environment. */
export function addresses(input: PlanInput): Record<string, string> {
  const identity = urlOf('identity', input);
  return {
    CONSUL_HTTP_ADDR: urlOf('registry', input),
    FINTECH_EVENTS_URL: urlOf('events', input),
    FINTECH_GATEWAY_URL: urlOf('gateway', input),
    FINTECH_ISSUER: issuerOf(input),
    FINTECH_JWKS_URL: `${identity}/jwks`,
    FINTECH_TOKEN_URL: `${identity}/token`,
  };
}

/** The `iss` of all tokens, the same for every unit and on this machine. It is compared, not asked. */
function issuerOf({ ports }: PlanInput): string {
  return `http://127.0.0.1:${ports['identity']}`;
}

/** Base URL of a unit for the other units. */
function urlOf(unit: string, { topology }: PlanInput): string {
  return `http://${topology.hostOf(unit)}:${topology.portOf(unit)}`;
}

/** What one service is given, addresses included. */
export function serviceEnvironment(name: string, input: PlanInput): Record<string, string> {
  return {
    ...addresses(input),
    ...input.config.services?.[name]?.env,
    ...placeOf(name, input),
    FINTECH_SERVICE: name,
    FINTECH_INSTANCE: `${name}-1`,
    ...clientEnvironment(name, input),
  };
}

/** Where a unit listens, by what it is found, and where its files are. */
function placeOf(unit: string, { topology }: PlanInput): Record<string, string> {
  const port = String(topology.portOf(unit));
  return {
    HOST: topology.listenHost,
    PORT: port,
    ADVERTISE_HOST: topology.hostOf(unit),
    ADVERTISE_PORT: port,
    DATA_DIR: topology.dataFolderOf(unit),
  };
}

/** How a service authenticates at the token endpoint (HTTP Basic). */
export function clientEnvironment(name: string, { secretOf }: PlanInput): Record<string, string> {
  return { FINTECH_CLIENT_ID: name, FINTECH_CLIENT_SECRET: secretOf(name) };
}

function serviceUnit(name: string, service: ServiceConfig, input: PlanInput): Unit {
  const path = service.path ?? '.';
  return {
    ...reachedAt(name, input),
    kind: 'service',
    needs: [...COMPONENTS],
    readyPath: service.ready ?? '/health/ready',
    environment: serviceEnvironment(name, input),
    process: {
      folder: join(input.root, path),
      path,
      command: service.command,
      watch: service.watch ?? ['src'],
    },
  };
}

function reachedAt(name: string, input: PlanInput): Pick<Unit, 'name' | 'port' | 'url'> {
  const port = input.ports[name] ?? 0;
  return { name, port, url: `http://${input.publishedHost}:${port}` };
}

const NEEDS: Readonly<Record<ComponentName, readonly ComponentName[]>> = {
  registry: [],
  identity: ['registry'],
  events: ['registry', 'identity'],
  gateway: ['registry', 'identity', 'events'],
};

function componentUnit(name: ComponentName, input: PlanInput): Unit {
  const names = [input.topology.hostOf(name), input.publishedHost];
  return {
    ...reachedAt(name, input),
    kind: 'component',
    needs: NEEDS[name],
    readyPath: '/health/ready',
    environment: {
      ...addresses(input),
      ...placeOf(name, input),
      ALLOWED_HOSTS: [...new Set(names)].join(','),
      PUBLISHED_PORT: String(input.ports[name] ?? 0),
      ...componentEnvironment(name, input),
    },
  };
}

function componentEnvironment(name: ComponentName, input: PlanInput): Record<string, string> {
  switch (name) {
    case 'identity':
      return {
        KEYS_DIR: input.topology.keysFolder,
        FINTECH_CLIENTS: JSON.stringify(clientsOf(input)),
        FINTECH_PERSONAS: JSON.stringify(peopleOf(input.config)),
        FINTECH_SCOPES: JSON.stringify(scopesByAudience(input.config)),
      };
    case 'events':
      return { FINTECH_ENGINE: 'sqlite' };
    case 'gateway':
      return {
        FINTECH_ROUTES: JSON.stringify(input.config.gateway?.routes ?? []),
        FINTECH_SCOPE_CLAIM: input.config.identity?.scopeClaim ?? 'scope',
        FINTECH_DPOP_NONCE: input.config.gateway?.dpop?.nonce ?? 'off',
      };
    case 'registry':
      return { FINTECH_EXTERNAL: JSON.stringify(externalServices(input)) };
  }
}

/** Every client of the configuration, and every service, which is a client of its own name. */
function clientsOf({ config, secretOf }: PlanInput): (ClientConfig & { clientId: string })[] {
  const configured = config.identity?.clients ?? {};
  const ids = new Set([...Object.keys(configured), ...Object.keys(config.services ?? {})]);
  return [...ids].map((clientId) => {
    const client = configured[clientId] ?? { scopes: [] };
    const hasSecret = client.auth === undefined || client.auth.startsWith('client_secret');
    return { ...client, clientId, ...(hasSecret ? { secret: secretOf(clientId) } : {}) };
  });
}

/** Who can be played on the personas page: people, not clients. */
function peopleOf(config: Config): (Persona & { name: string })[] {
  return [...personasOf(config)]
    .filter(([, { clientId }]) => clientId === undefined)
    .map(([name, persona]) => ({ name, ...persona }));
}

/** Scopes known to the project, each under the audience it is meant for. */
export function scopesByAudience(config: Config): Record<Audience, string[]> {
  const routes = config.gateway?.routes ?? [];
  const named = [
    ...[...personasOf(config).values()].flatMap(({ scopes }) => scopes),
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
