import { createHash } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { readDriverRecord } from '../driver-record.ts';
import type { Unit, UnitKind } from '../plan.ts';

/** A workspace's sandbox as Docker knows it: a Compose project. */
export interface DockerProject {
  /** Prefix of all names. */
  id: string;
  /** The workspace's folder, symbolic links resolved. */
  root: string;
}

const COMPOSE = 'com.docker.compose';

/** Labels by which our things are found again; with Compose's own, Docker Desktop groups them. */
export const LABEL = {
  project: 'dev.fintech.project',
  unit: 'dev.fintech.unit',
  kind: 'dev.fintech.kind',
  position: 'dev.fintech.position',
  url: 'dev.fintech.url',
  readyPath: 'dev.fintech.ready',
  configHash: 'com.docker.compose.config-hash',
} as const;

/**
 * The project of a workspace: its name and a hash of its real path, so that two checkouts are two.
 * One that was noted stays, also when the workspace is renamed or its folder moved, since the data
 * are in volumes of that name. A copy, whose original is still there, becomes a project of its own.
 */
export function projectOf(workspace: {
  name: string;
  root: string;
  stateFolder: string;
}): DockerProject {
  const root = realpathSync(workspace.root);
  const noted = readDriverRecord(workspace.stateFolder).docker;
  const isNoted = noted !== undefined && (noted.root === root || !existsSync(noted.root));
  if (isNoted) return { id: noted.project, root };
  const hash = createHash('sha256').update(root).digest('hex').slice(0, 8);
  return { id: `${workspace.name}-${hash}`, root };
}

export const containerName = ({ id }: DockerProject, unit: string): string => `${id}-${unit}-1`;
export const networkName = ({ id }: DockerProject): string => `${id}_default`;
export const volumeName = ({ id }: DockerProject, unit: string): string => `${id}_${unit}-data`;

/** What a list of the engine is filtered by to see this project alone. */
export function projectFilter({ id }: DockerProject): { label: string[] } {
  return { label: [`${LABEL.project}=${id}`] };
}

/** Of networks and volumes, under the name they have in a Compose file. */
export function resourceLabels(
  { id }: DockerProject,
  resource: { kind: 'network' | 'volume'; name: string },
): Record<string, string> {
  return {
    [`${COMPOSE}.project`]: id,
    [`${COMPOSE}.${resource.kind}`]: resource.name,
    [LABEL.project]: id,
  };
}

/** Of one unit's container. It says all that a shell needs which has no plan. */
export function unitLabels(
  { id, root }: DockerProject,
  unit: Unit,
  position: number,
): Record<string, string> {
  return {
    [`${COMPOSE}.project`]: id,
    [`${COMPOSE}.project.working_dir`]: root,
    [`${COMPOSE}.service`]: unit.name,
    [`${COMPOSE}.container-number`]: '1',
    [`${COMPOSE}.oneoff`]: 'False',
    [LABEL.project]: id,
    [LABEL.unit]: unit.name,
    [LABEL.kind]: unit.kind,
    [LABEL.position]: String(position),
    [LABEL.url]: unit.url,
    [LABEL.readyPath]: unit.readyPath,
  };
}

/** What labels say of a unit. */
export interface LabelledUnit {
  name: string;
  kind: UnitKind;
  url: string;
  readyPath: string;
  position: number;
  configHash: string;
}

export function unitOfLabels(labels: Readonly<Record<string, string>>): LabelledUnit {
  return {
    name: labels[LABEL.unit] ?? '',
    kind: labels[LABEL.kind] === 'component' ? 'component' : 'service',
    url: labels[LABEL.url] ?? '',
    readyPath: labels[LABEL.readyPath] ?? '/',
    position: Number(labels[LABEL.position]),
    configHash: labels[LABEL.configHash] ?? '',
  };
}
