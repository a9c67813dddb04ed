import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { ContainerCreateOptions, MountSettings } from 'dockerode';
import type { ServiceProcess, Unit } from '../plan.ts';
import { MACHINE_HOST } from '../topology.ts';
import {
  containerName,
  type DockerProject,
  LABEL,
  networkName,
  unitLabels,
  volumeName,
} from './project.ts';
import {
  neededPaths,
  type SharedPath,
  sharedPaths,
  type WorkspaceFolders,
} from './service-folders.ts';

const MIB = 1_048_576;
export const MEMORY_BYTES: Readonly<Record<Unit['kind'], number>> = {
  component: 384 * MIB,
  service: 512 * MIB,
};
export const MAX_PROCESSES = 256;
export const MAX_RESTARTS = 5;
/** A service may finish what it accepted; its runner gives it 5 s. */
export const STOP_TIMEOUT_S: Readonly<Record<Unit['kind'], number>> = { component: 3, service: 8 };
/** Who a container runs as where the workspace belongs to root. */
export const NOBODY = '65532:65532';
const WORKSPACE = '/workspace';
const SECOND_NS = 1_000_000_000;
/** Components look up each other alone. Asking the machine's name servers for long would hold up their end. */
const COMPONENT_DNS = ['timeout:1', 'attempts:1'];
/** Of `/tmp`, the only place besides `/data` that can be written to. */
export const TMP_OPTIONS = 'rw,nosuid,nodev,size=64m';
/** So that a container left alone does not fill the disk. */
export const LOG_CONFIG = { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '2' } };

export interface SpecInput {
  project: DockerProject;
  folders: WorkspaceFolders;
  image: string;
  /** Address of the engine's machine that ports are published on. */
  publishOn: string;
  /** Whether the engine has a first process for containers. */
  hasInit: boolean;
  /** Its place in the plan. */
  position: number;
}

/**
 * The container of one unit, as the engine is asked for it: only what the unit needs, and no rights.
 * @throws FintechError CONFIG_INVALID for a service whose folders a container must not see
 */
export function containerSpec(unit: Unit, input: SpecInput): ContainerCreateOptions {
  const { project, folders, image, publishOn, hasInit, position } = input;
  const port = `${unit.environment['PORT']}/tcp`;
  const spec: ContainerCreateOptions = {
    name: containerName(project, unit.name),
    Hostname: unit.name,
    Image: image,
    Cmd: commandOf(unit),
    Env: Object.entries(unit.environment).map(([name, value]) => `${name}=${value}`),
    User: unit.kind === 'service' ? ownerOf(project.root) : NOBODY,
    WorkingDir: unit.process === undefined ? '/' : folderInside(unit.process),
    ExposedPorts: { [port]: {} },
    StopTimeout: STOP_TIMEOUT_S[unit.kind],
    Healthcheck: healthcheckOf(unit),
    HostConfig: {
      NetworkMode: networkName(project),
      PortBindings: { [port]: [{ HostIp: publishOn, HostPort: String(unit.port) }] },
      Mounts: [
        { Type: 'volume', Source: volumeName(project, unit.name), Target: '/data' },
        ...sharedPaths(unit, folders).map(mountOf),
      ],
      ExtraHosts: [`${MACHINE_HOST}:host-gateway`],
      DnsOptions: unit.kind === 'component' ? COMPONENT_DNS : [],
      // Node takes up no orphans: each restart of a shell's command would leave one for ever.
      Init: unit.kind === 'service' && hasInit,
      ReadonlyRootfs: true,
      Tmpfs: { '/tmp': TMP_OPTIONS },
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Memory: MEMORY_BYTES[unit.kind],
      PidsLimit: MAX_PROCESSES,
      RestartPolicy: { Name: 'on-failure', MaximumRetryCount: MAX_RESTARTS },
      LogConfig: LOG_CONFIG,
    },
    NetworkingConfig: {
      EndpointsConfig: { [networkName(project)]: { Aliases: [unit.name] } },
    },
  };
  const configHash = createHash('sha256').update(JSON.stringify(spec)).digest('hex');
  const labels = unitLabels(project, unit, position);
  return { ...spec, Labels: { ...labels, [LABEL.configHash]: configHash } };
}

function commandOf({ name, process }: Unit): string[] {
  if (process === undefined) return ['serve', name];
  const watched = process.watch.flatMap((folder) => ['--watch', folder]);
  const program =
    process.command === undefined ? ['node', 'src/main.ts'] : ['/bin/sh', '-c', process.command];
  return ['serve', 'service', ...watched, '--', ...program];
}

/** The workspace's owner, so that a service may read what its developer may. */
function ownerOf(root: string): string {
  const { uid, gid } = statSync(root);
  return uid === 0 ? NOBODY : `${uid}:${gid}`;
}

/** A service lies as deep in its container as in the workspace, since Node looks for packages upwards. */
export function folderInside({ path }: ServiceProcess): string {
  return posix.join(WORKSPACE, path);
}

/** What a service sees by the paths of its workspace, which an export keeps as they are written. */
export function serviceMounts(process: ServiceProcess, root: string): MountSettings[] {
  const { own, packages } = neededPaths(process);
  return [...own, ...packages]
    .filter((path) => existsSync(join(root, path)))
    .map((path) => mountOf({ path, source: join(root, path) }));
}

function mountOf({ path, source }: SharedPath): MountSettings {
  return { Type: 'bind', Source: source, Target: posix.join(WORKSPACE, path), ReadOnly: true };
}

/** What asks a unit in its container whether it is ready, and ends with 0 or 1. */
export function healthTest({ environment, readyPath }: Unit): string[] {
  const url = `http://127.0.0.1:${environment['PORT']}${readyPath}`;
  const ask = `fetch(${JSON.stringify(url)}).then(({ok})=>process.exit(ok?0:1),()=>process.exit(1))`;
  return ['CMD', 'node', '-e', ask];
}

/** For `docker ps`; we ask the unit itself, which is quicker. */
function healthcheckOf(unit: Unit): ContainerCreateOptions['Healthcheck'] {
  return {
    Test: healthTest(unit),
    Interval: 30 * SECOND_NS,
    Timeout: 5 * SECOND_NS,
    Retries: 3,
    StartPeriod: 10 * SECOND_NS,
  };
}
