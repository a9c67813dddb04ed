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

const FIRST_SERVICE_PORT = 4001;
const HIGHEST_PORT = 65_535;
/** How many ports after the wanted one are tried. */
const PORTS_TRIED = 200;

/** What decides about ports, strongest first: environment, configuration, sticky file, default. */
export interface PortSettings {
  /** Holds `ports.json`; without it nothing is kept and defaults are answered as they are. */
  stateFolder: string | undefined;
  configured: Partial<Record<ComponentName, number>>;
  environment: Readonly<Record<string, string | undefined>>;
}

export interface ServicePort {
  name: string;
  configured?: number | undefined;
}

/** A port that is not the one a reader would expect. */
export interface MovedPort {
  name: string;
  from: number;
  to: number;
}

type Ports = Record<string, number>;

/** Ports of the components: kept ones where there are any, else free ones, which are then kept. */
export async function componentPorts(
  settings: PortSettings,
): Promise<Record<ComponentName, number>> {
  const sticky = await readSticky(settings.stateFolder);
  const ports: Ports = {};
  for (const name of COMPONENTS) {
    const fixed = fixedPort(settings, name);
    const free = () => freePort(DEFAULT_PORTS[name], taken(sticky, ports));
    ports[name] =
      fixed ??
      sticky[name] ??
      (settings.stateFolder === undefined ? DEFAULT_PORTS[name] : await free());
  }
  await keepSticky(settings.stateFolder, sticky, ports);
  return ports as Record<ComponentName, number>;
}

/**
 * Ports to start with: as `componentPorts`, but each is free now. A port of ours that another
 * program took meanwhile moves on.
 * @param running ports the sandbox itself already listens on; they stay as they are
 * @throws FintechError SANDBOX_PORT_HELD when a configured port is taken
 */
export async function claimPorts(
  settings: PortSettings,
  services: readonly ServicePort[],
  running: Readonly<Ports> = {},
): Promise<{ ports: Ports; moved: MovedPort[] }> {
  const sticky = await readSticky(settings.stateFolder);
  const ports: Ports = { ...running };
  const moved: MovedPort[] = [];
  const wanted = [
    ...COMPONENTS.map((name) => ({
      name,
      fixed: fixedPort(settings, name),
      first: DEFAULT_PORTS[name],
    })),
    ...services.map(({ name, configured }) => ({
      name,
      fixed: configured,
      first: FIRST_SERVICE_PORT,
    })),
  ];
  for (const { name, fixed, first } of wanted) {
    if (running[name] !== undefined) continue;
    if (fixed !== undefined) {
      await requireFree(name, fixed);
      ports[name] = fixed;
      continue;
    }
    const start = sticky[name] ?? first;
    const others = taken({ ...sticky, [name]: 0 }, ports);
    const port = await freePort(start, others);
    ports[name] = port;
    const expected = sticky[name] ?? (first === FIRST_SERVICE_PORT ? port : first);
    if (port !== expected) moved.push({ name, from: expected, to: port });
  }
  await keepSticky(settings.stateFolder, sticky, ports);
  return { ports, moved };
}

/** Ports a plan would use, without asking whether they are free now. */
export async function servicePorts(
  settings: PortSettings,
  services: readonly ServicePort[],
): Promise<Ports> {
  const ports: Ports = await componentPorts(settings);
  const sticky = await readSticky(settings.stateFolder);
  for (const { name, configured } of services) {
    ports[name] =
      configured ?? sticky[name] ?? (await freePort(FIRST_SERVICE_PORT, taken(sticky, ports)));
  }
  await keepSticky(settings.stateFolder, sticky, ports);
  return ports;
}

function fixedPort(
  { environment, configured }: PortSettings,
  name: ComponentName,
): number | undefined {
  const variable = `FINTECH_${name.toUpperCase()}_PORT`;
  const text = environment[variable];
  if (text === undefined) return configured[name];
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= HIGHEST_PORT) return port;
  throw new FintechError('USAGE_INVALID', `${variable}=${text} is no port`, {
    hint: 'A port is a number from 1 to 65535.',
  });
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

function taken(...maps: Ports[]): Set<number> {
  return new Set(maps.flatMap((map) => Object.values(map)));
}

async function freePort(first: number, avoid: ReadonlySet<number>): Promise<number> {
  const last = Math.min(first + PORTS_TRIED, HIGHEST_PORT);
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

async function readSticky(stateFolder: string | undefined): Promise<Ports> {
  if (stateFolder === undefined) return {};
  try {
    const parsed: unknown = JSON.parse(await readFile(join(stateFolder, 'ports.json'), 'utf8'));
    const entries = Object.entries(parsed ?? {}).filter((entry): entry is [string, number] =>
      Number.isInteger(entry[1]),
    );
    return Object.fromEntries(entries);
  } catch (error) {
    // A torn or edited file costs the stickiness, never the start.
    if (error instanceof SyntaxError || hasErrnoCode(error, 'ENOENT')) return {};
    throw error;
  }
}

async function keepSticky(
  stateFolder: string | undefined,
  before: Ports,
  now: Ports,
): Promise<void> {
  const all = { ...before, ...now };
  if (stateFolder === undefined || JSON.stringify(all) === JSON.stringify(before)) return;
  const file = join(stateFolder, 'ports.json');
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(all, null, 2)}\n`, { mode: 0o600 });
  await rename(draft, file);
}
