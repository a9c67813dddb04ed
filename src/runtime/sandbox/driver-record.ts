import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasErrnoCode } from '../../kernel/errors.ts';
import type { DriverName } from './driver.ts';
import { validateDriverRecord } from './driver-record-validator.ts';
import type { UnitKind } from './plan.ts';

const FILE = 'driver.json';

/** `.fintech/driver.json`: which drivers hold data of a workspace, since not all can be asked at any time. */
export interface DriverRecord {
  schemaVersion: 1;
  /** The last used first. */
  holders: DriverName[];
  docker?: DockerNote;
}

/** The Compose project in Docker, the workspace's folder when it was last started, and where its ports are reached. */
export interface DockerNote {
  project: string;
  root: string;
  publishedHost: string;
  /** What was started last, since a container that was removed tells nothing. */
  units?: NotedUnit[];
}

export interface NotedUnit {
  name: string;
  kind: UnitKind;
  url: string;
}

/** A missing or torn file counts as none; data that embedded left without one are found by their folder. */
export function readDriverRecord(stateFolder: string): DriverRecord {
  const read = validateDriverRecord(parsed(join(stateFolder, FILE)));
  if (read.ok) return read.value;
  return {
    schemaVersion: 1,
    holders: existsSync(join(stateFolder, 'data')) ? ['embedded'] : [],
  };
}

/** Notes, before it makes its first data, that a driver holds data of this workspace. */
export function recordHolder(stateFolder: string, driver: DriverName, docker?: DockerNote): void {
  const before = readDriverRecord(stateFolder);
  const holders = [driver, ...before.holders.filter((name) => name !== driver)];
  write(stateFolder, { ...before, holders, ...(docker === undefined ? {} : { docker }) });
}

/** Notes that a driver's data are gone. */
export function forgetHolder(stateFolder: string, driver: DriverName): void {
  const { docker, ...before } = readDriverRecord(stateFolder);
  const holders = before.holders.filter((name) => name !== driver);
  if (holders.length === 0) return rmSync(join(stateFolder, FILE), { force: true });
  const kept = driver === 'docker' || docker === undefined ? {} : { docker };
  write(stateFolder, { ...before, holders, ...kept });
}

function parsed(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError || hasErrnoCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function write(stateFolder: string, record: DriverRecord): void {
  const file = join(stateFolder, FILE);
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, file);
}
