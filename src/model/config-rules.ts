import type { Violation } from '../kernel/validation.ts';
import { clientRules } from './client-rules.ts';
import type { Config } from './config.ts';
import { isServiceName } from './names.ts';

/** Rules about names, ports and clients that a schema cannot say. */
export function configRules(config: Config): Violation[] {
  return [...reservedNames(config), ...repeatedPorts(config), ...clientRules(config)];
}

function reservedNames({ services = {} }: Config): Violation[] {
  return Object.keys(services)
    .filter((name) => !isServiceName(name))
    .map((key) => ({
      path: '/services',
      key,
      message: `"${key}" is reserved and cannot name a service`,
    }));
}

function repeatedPorts(config: Config): Violation[] {
  const owners = new Map<number, string>();
  return portsOf(config).flatMap(({ name, port, path }) => {
    const owner = owners.get(port);
    if (owner !== undefined) return [{ path, message: `${port} is the port of ${owner} already` }];
    owners.set(port, name);
    return [];
  });
}

/** Ports the file fixes, by unit. */
export function fixedPorts(config: Config): Record<string, number> {
  return Object.fromEntries(portsOf(config).map(({ name, port }) => [name, port]));
}

/** A service that runs elsewhere listens on none of our ports. */
function portsOf({ sandbox, services = {} }: Config): FixedPort[] {
  const components = Object.entries(sandbox?.ports ?? {}).map(([name, port]) => ({
    name,
    port,
    path: `/sandbox/ports/${name}`,
  }));
  const own = Object.entries(services).flatMap(([name, { port, external }]) =>
    port === undefined || external !== undefined
      ? []
      : [{ name, port, path: `/services/${name}/port` }],
  );
  return [...components, ...own];
}

interface FixedPort {
  name: string;
  port: number;
  path: string;
}
