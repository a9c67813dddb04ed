import { join } from 'node:path';
import { COMPONENTS } from '../../model/names.ts';
import { DEFAULT_PORTS } from './ports.ts';

/** Where units listen, by which names they reach each other, and where they keep their files. */
export interface Topology {
  /** The address units listen on. */
  listenHost: string;
  /** The host under which the other units reach one. */
  hostOf: (unit: string) => string;
  /** The port a unit listens on. */
  portOf: (unit: string) => number;
  dataFolderOf: (unit: string) => string;
  /** Where identity finds the signing keys. */
  keysFolder: string;
  /** How units reach a service that runs outside of the sandbox. */
  externalUrl: (url: string) => string;
}

const LOOPBACK = '127.0.0.1';
const SERVICE_PORT = 3000;
/** Docker's name for the machine a container runs on. */
export const MACHINE_HOST = 'host.docker.internal';

/** Units as processes of this machine, each on a port of its own. */
export function loopbackTopology(place: {
  ports: Readonly<Record<string, number>>;
  stateFolder: string;
  keysFolder: string;
}): Topology {
  const isComponent = (unit: string) => COMPONENTS.some((name) => name === unit);
  return {
    listenHost: LOOPBACK,
    hostOf: () => LOOPBACK,
    portOf: (unit) => place.ports[unit] ?? 0,
    dataFolderOf: (unit) =>
      join(place.stateFolder, 'data', ...(isComponent(unit) ? [unit] : ['services', unit])),
    keysFolder: place.keysFolder,
    externalUrl: (url) => url,
  };
}

/** Units as containers, each its own host on a private network, at its usual port. */
export const containerTopology: Topology = {
  listenHost: '0.0.0.0',
  hostOf: (unit) => unit,
  portOf: (unit) => (DEFAULT_PORTS as Record<string, number>)[unit] ?? SERVICE_PORT,
  dataFolderOf: () => '/data',
  keysFolder: '/data/keys',
  externalUrl: (url) => {
    const outside = new URL(url);
    if (['localhost', LOOPBACK, '[::1]'].includes(outside.hostname))
      outside.hostname = MACHINE_HOST;
    return outside.origin;
  },
};
