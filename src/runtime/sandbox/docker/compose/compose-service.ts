import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { SandboxPlan, ServiceProcess, Unit } from '../../plan.ts';
import { MACHINE_HOST } from '../../topology.ts';
import {
  folderInside,
  healthTest,
  LOG_CONFIG,
  MAX_PROCESSES,
  MEMORY_BYTES,
  NOBODY,
  serviceMounts,
  STOP_TIMEOUT_S,
  TMP_OPTIONS,
} from '../container-spec.ts';
import { composeText } from './compose-text.ts';

/** Where a unit's program comes from. */
export type ProgramSource = 'fintech' | 'dockerfile' | 'folder';

/** One entry of `services:`. It uses only what Compose v2 and docker-compose 1.29 both read. */
export type ComposeService = Readonly<Record<string, unknown>>;

export interface ComposePlace {
  /** The workspace, absolute. */
  root: string;
  /** Where `compose.yaml` will lie, absolute. */
  folder: string;
  /** The components' image. */
  image: string;
  /** Its build context, from `folder`. */
  imageContext: string;
  /** The image of a service that has a Dockerfile. */
  serviceImage: (service: string) => string;
  /** Whether units need a name for the machine they run on. */
  reachesMachine: boolean;
}

const MIB = 1_048_576;

/** A service with a Dockerfile is built from it; one without runs in our image, its folder mounted. */
export function sourceOf({ process }: Unit, root: string): ProgramSource {
  if (process === undefined) return 'fintech';
  const outside = relative(root, process.folder).startsWith('..');
  return !outside && existsSync(join(process.folder, 'Dockerfile')) ? 'dockerfile' : 'folder';
}

/** Whether we know how to ask a unit in its container: our own probe needs Node in there. */
export function hasHealthcheck({ process }: Unit, source: ProgramSource): boolean {
  return source !== 'dockerfile' || process?.command === undefined;
}

/** Whether a service of this machine, outside of Compose, belongs to the system. */
export function reachesMachine({ units }: SandboxPlan): boolean {
  return units.some(({ environment }) => environment['FINTECH_EXTERNAL']?.includes(MACHINE_HOST));
}

/** A unit with the same environment and the same limits as in the sandbox. */
export function composeService(unit: Unit, place: ComposePlace): ComposeService {
  const source = sourceOf(unit, place.root);
  const { volumes = [], ...program } = programOf(unit, source, place);
  const environment = Object.entries(unit.environment);
  return {
    ...program,
    environment: Object.fromEntries(environment.map(([name, text]) => [name, composeText(text)])),
    ports: [`127.0.0.1:${unit.port}:${unit.environment['PORT']}`],
    volumes: [{ type: 'volume', source: volumeOf(unit), target: '/data' }, ...volumes],
    ...(hasHealthcheck(unit, source) ? { healthcheck: healthcheckOf(unit) } : {}),
    ...(unit.kind === 'service' ? { depends_on: dependsOn(unit) } : {}),
    ...(place.reachesMachine ? { extra_hosts: [`${MACHINE_HOST}:host-gateway`] } : {}),
    ...confinementOf(unit),
  };
}

/** The named volume of a unit's `/data`. */
export function volumeOf({ name }: Pick<Unit, 'name'>): string {
  return `${name}-data`;
}

type Program = Record<string, unknown> & { volumes?: object[] };

function programOf(unit: Unit, source: ProgramSource, place: ComposePlace): Program {
  const { process } = unit;
  const ours = { image: place.image, build: { context: place.imageContext } };
  if (process === undefined) return { ...ours, command: ['serve', unit.name], user: NOBODY };
  if (source === 'dockerfile') {
    return {
      image: place.serviceImage(unit.name),
      build: {
        context: composeText(pathTo(place.root, place.folder)),
        dockerfile: composeText(relative(place.root, join(process.folder, 'Dockerfile'))),
      },
    };
  }
  return {
    ...ours,
    entrypoint: entrypointOf(process),
    user: NOBODY,
    working_dir: folderInside(process),
    volumes: serviceMounts(process, place.root).map(({ Source: from, Target: target }) => ({
      type: 'bind',
      source: composeText(pathTo(from, place.folder)),
      target: composeText(target),
      read_only: true,
    })),
  };
}

function entrypointOf({ command }: ServiceProcess): string[] {
  return command === undefined ? ['node', 'src/main.ts'] : ['/bin/sh', '-c', composeText(command)];
}

/** Compose takes a source that does not begin with a dot for a volume's name. */
function pathTo(path: string, folder: string): string {
  const way = relative(folder, path);
  return way.startsWith('..') ? way : `./${way}`;
}

/** Asked more often than in a sandbox: whoever depends on a unit waits for the first answer. */
function healthcheckOf(unit: Unit): object {
  const test = healthTest(unit).map((word) => composeText(word));
  return { test, interval: '10s', timeout: '5s', retries: 3, start_period: '30s' };
}

/** Components wait for each other themselves; what is the team's own may count on all of them. */
function dependsOn({ needs }: Unit): object {
  return Object.fromEntries(needs.map((name) => [name, { condition: 'service_healthy' }]));
}

/** Unlike a sandbox, which ends with its machine, this goes on until it is taken down. */
function confinementOf({ kind }: Unit): object {
  return {
    restart: 'unless-stopped',
    deploy: { replicas: 1 },
    read_only: true,
    tmpfs: [`/tmp:${TMP_OPTIONS}`],
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
    mem_limit: `${MEMORY_BYTES[kind] / MIB}m`,
    pids_limit: MAX_PROCESSES,
    stop_grace_period: `${STOP_TIMEOUT_S[kind]}s`,
    logging: { driver: LOG_CONFIG.Type, options: LOG_CONFIG.Config },
  };
}
