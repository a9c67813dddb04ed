import { readFile, rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { FintechError, hasErrnoCode } from '../../kernel/errors.ts';
import { COMPONENTS, type ComponentName } from '../../model/names.ts';
import { portHolder } from './port-holder.ts';

export const DEFAULT_PORTS: Readonly<Record<ComponentName, number>> = {
  registry: 8500,
  identity: 9080,
  events: 2113,
  gateway: 8080,
};

const PORTS_FILE = 'ports.json';
const FIRST_SERVICE_PORT = 4001;
const HIGHEST_PORT = 65_535;
/** How many ports after the wanted one are tried. */
const PORTS_TRIED = 200;

type Ports = Record<string, number>;

/** What decides about ports, strongest first: environment, configuration, sticky file, default. */
export interface PortSettings {
  /** Holds `ports.json`; without it nothing is kept and defaults are answered as they are. */
  stateFolder: string | undefined;
  /** Fixed ports by unit, services included. */
  configured: Readonly<Ports>;
  environment: Readonly<Record<string, string | undefined>>;
}

/** A port that is not the one a reader would expect. */
export interface MovedPort {
  name: string;
  from: number;
  to: number;
}

/** Ports of the components: kept ones where there are any, else free ones, which are then kept. */
export async function componentPorts(
  settings: PortSettings,
): Promise<Record<ComponentName, number>> {
  const ports =
    settings.stateFolder === undefined
      ? { ...DEFAULT_PORTS, ...fixedPorts(settings) }
      : await servicePorts(settings, []);
  return ports as Record<ComponentName, number>;
}

/** The same ports on every machine: fixed ones, else the usual ones, whatever listens there now. */
export function usualPorts(
  settings: Omit<PortSettings, 'stateFolder'>,
  services: readonly string[],
): Ports {
  const ports: Ports = { ...DEFAULT_PORTS, ...fixedPorts(settings) };
  requireDistinct(ports);
  for (const name of services) {
    if (ports[name] !== undefined) continue;
    let port = FIRST_SERVICE_PORT;
    while (taken(ports).has(port)) port++;
    ports[name] = port;
  }
  return ports;
}

/** Ports a plan would use, without asking whether they are free now. */
export async function servicePorts(
  settings: PortSettings,
  services: readonly string[],
): Promise<Ports> {
  const fixed = fixedPorts(settings);
  const sticky = await readSticky(settings.stateFolder, fixed);
  const chosen: Ports = {};
  for (const [name, first] of firstPorts(services)) {
    if (fixed[name] !== undefined) continue;
    chosen[name] = sticky[name] ?? (await freePort(first, taken(fixed, sticky, chosen)));
  }
  await keepSticky(settings.stateFolder, sticky, chosen);
  return { ...fixed, ...chosen };
}

/**
 * Ports to start with: as `servicePorts`, but each is free now. A port of ours that another
 * program took meanwhile moves on.
 * @param running ports the sandbox itself already listens on; they stay as they are
 * @throws FintechError SANDBOX_PORT_HELD when a fixed port is taken
 */
export async function claimPorts(
  settings: PortSettings,
  services: readonly string[],
  running: Readonly<Ports> = {},
): Promise<{ ports: Ports; moved: MovedPort[] }> {
  const fixed = fixedPorts(settings);
  const sticky = await readSticky(settings.stateFolder, fixed);
  const chosen: Ports = {};
  const moved: MovedPort[] = [];
  for (const [name, first] of firstPorts(services)) {
    if (running[name] !== undefined) continue;
    if (fixed[name] !== undefined) {
      await requireFree(name, fixed[name]);
      continue;
    }
    const others = taken(fixed, { ...sticky, [name]: 0 }, running, chosen);
    const port = await freePort(sticky[name] ?? first, others);
    chosen[name] = port;
    const expected = sticky[name] ?? (first === FIRST_SERVICE_PORT ? port : first);
    if (port !== expected) moved.push({ name, from: expected, to: port });
  }
  await keepSticky(settings.stateFolder, sticky, chosen);
  return { ports: { ...fixed, ...chosen, ...running }, moved };
}

/** Each unit, and the first port that is tried for it. */
function firstPorts(services: readonly string[]): [name: string, first: number][] {
  return [
    ...Object.entries(DEFAULT_PORTS),
    ...services.map((name): [string, number] => [name, FIRST_SERVICE_PORT]),
  ];
}

/** @throws FintechError USAGE_INVALID when the environment names no port, or one that is given away */
function fixedPorts({ configured, environment }: Omit<PortSettings, 'stateFolder'>): Ports {
  const fixed: Ports = { ...configured };
  for (const name of COMPONENTS) {
    const port = environmentPort(environment, name);
    if (port !== undefined) fixed[name] = port;
  }
  requireDistinct(fixed);
  return fixed;
}

function environmentPort(
  environment: PortSettings['environment'],
  name: ComponentName,
): number | undefined {
  const variable = `FINTECH_${name.toUpperCase()}_PORT`;
  const text = environment[variable];
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text) && isPort(Number(text))) return Number(text);
  throw new FintechError('USAGE_INVALID', `${variable}=${text} is no port`, {
    hint: 'A port is a number from 1 to 65535.',
  });
}

/** The configuration was held to this already; the environment may break it. */
function requireDistinct(fixed: Readonly<Ports>): void {
  const owners = new Map<number, string>();
  for (const [name, port] of Object.entries(fixed)) {
    const owner = owners.get(port);
    if (owner !== undefined) {
      throw new FintechError('USAGE_INVALID', `${owner} and ${name} are both given port ${port}`, {
        hint: 'Give each a port of its own: in fintech.yaml, or by FINTECH_<COMPONENT>_PORT.',
      });
    }
    owners.set(port, name);
  }
}

function isPort(value: unknown): value is number {
  return (
    typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= HIGHEST_PORT
  );
}

async function requireFree(name: string, port: number): Promise<void> {
  if (await isFree(port)) return;
  const holder = await portHolder(port);
  throw new FintechError(
    'SANDBOX_PORT_HELD',
    `port ${port}, set for ${name}, is held by ${holder}`,
    {
      hint: `Stop that process, or set another port for ${name} in fintech.yaml.`,
      details: { unit: name, port, holder },
    },
  );
}

function taken(...maps: Readonly<Ports>[]): Set<number> {
  return new Set(maps.flatMap((map) => Object.values(map)));
}

async function freePort(wanted: number, avoid: ReadonlySet<number>): Promise<number> {
  const first = Math.min(wanted, HIGHEST_PORT - PORTS_TRIED);
  const last = first + PORTS_TRIED;
  for (let port = first; port <= last; port++) {
    if (!avoid.has(port) && (await isFree(port))) return port;
  }
  throw new FintechError('SANDBOX_PORT_HELD', `no free port from ${first} to ${last}`, {
    hint: 'Stop some of the programs that listen there, or set ports in fintech.yaml.',
  });
}

/** Whether this port can be bound on loopback now. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => {
      if (hasErrnoCode(error, 'EADDRINUSE') || hasErrnoCode(error, 'EACCES')) resolve(false);
      else reject(error);
    });
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () =>
      server.close(() => resolve(true)),
    );
  });
}

/** The ports chosen before; those that are none, or are another unit's by now, are chosen anew. */
async function readSticky(stateFolder: string | undefined, fixed: Readonly<Ports>): Promise<Ports> {
  if (stateFolder === undefined) return {};
  const owners = new Map(Object.entries(fixed).map(([name, port]) => [port, name]));
  const sticky: Ports = {};
  for (const [name, port] of Object.entries(await readPortsFile(join(stateFolder, PORTS_FILE)))) {
    if (!isPort(port) || (owners.get(port) ?? name) !== name) continue;
    owners.set(port, name);
    sticky[name] = port;
  }
  return sticky;
}

async function readPortsFile(file: string): Promise<object> {
  try {
    const parsed: unknown = JSON.parse(await readFile(file, 'utf8'));
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch (error) {
    // A torn or edited file costs the stickiness, never the start.
    if (error instanceof SyntaxError || hasErrnoCode(error, 'ENOENT')) return {};
    throw error;
  }
}

/** Keeps ports that were chosen. A fixed one is the business of whoever fixed it. */
async function keepSticky(
  stateFolder: string | undefined,
  before: Readonly<Ports>,
  chosen: Readonly<Ports>,
): Promise<void> {
  const all = { ...before, ...chosen };
  if (stateFolder === undefined || JSON.stringify(all) === JSON.stringify(before)) return;
  const file = join(stateFolder, PORTS_FILE);
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(all, null, 2)}\n`, { mode: 0o600 });
  await rename(draft, file);
}
