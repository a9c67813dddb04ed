import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import Docker from 'dockerode';
import { describe } from 'vitest';
import { messageOf } from '../../../kernel/errors.ts';
import { findEndpoint } from '../docker/engine/endpoint.ts';
import { connectEngine } from '../docker/engine/engine.ts';

const found = await find();

/** The engine that fintech itself would use. */
export const docker: Docker = found.docker;

/** A suite that needs a Docker engine. Where none answers it is skipped, and its name says why. */
export function describeWithDocker(name: string, body: () => void): void {
  describeUnless(found.absence, name, body);
}

/** A suite that starts a second engine by `ownEngine()`: only root may, and only on Linux. */
export function describeWithOwnEngine(name: string, body: () => void): void {
  describeUnless(found.absence ?? whyNoSecond(), name, body);
}

function describeUnless(reason: string | undefined, name: string, body: () => void): void {
  const title = reason === undefined ? name : `${name} [${reason}]`;
  // oxlint-disable-next-line vitest/valid-describe-callback, vitest/valid-title -- both are passed on
  describe.skipIf(reason !== undefined)(title, body);
}

/** Labels of what belongs to a project, for filters. */
function labelled(project: string): { filters: { label: string[] } } {
  return { filters: { label: [`dev.fintech.project=${project}`] } };
}

/** Names of the containers, networks and volumes labelled as this project's: empty after a purge. */
export async function leftovers(project: string): Promise<string[]> {
  const [containers, networks, { Volumes: volumes }] = await Promise.all([
    docker.listContainers({ all: true, ...labelled(project) }),
    docker.listNetworks(labelled(project)),
    docker.listVolumes(labelled(project)),
  ]);
  return [
    ...containers.map(({ Names, Id }) => `container ${Names[0]?.slice(1) ?? Id}`),
    ...networks.map(({ Name }) => `network ${Name}`),
    ...volumes.map(({ Name }) => `volume ${Name}`),
  ].sort();
}

/** Removes all that `leftovers` would name: what a failed test left. */
export async function removeProject(project: string): Promise<void> {
  const containers = await docker.listContainers({ all: true, ...labelled(project) });
  await Promise.all(
    containers.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })),
  );
  const networks = await docker.listNetworks(labelled(project));
  const { Volumes: volumes } = await docker.listVolumes(labelled(project));
  await Promise.all([
    ...networks.map(({ Id }) => docker.getNetwork(Id).remove()),
    ...volumes.map(({ Name }) => docker.getVolume(Name).remove()),
  ]);
}

/** Where there is an absence, all that uses `docker` is skipped. */
async function find(): Promise<{ docker: Docker; absence?: string }> {
  try {
    const endpoint = await findEndpoint({ environment: process.env, homeFolder: homedir() });
    const found = { docker: await connectEngine(endpoint) };
    // Tests speak to containers by loopback.
    if (endpoint.remoteHost === undefined) return found;
    return { ...found, absence: `the engine runs on ${endpoint.remoteHost}, not here` };
  } catch (error) {
    return { docker: new Docker(), absence: messageOf(error) };
  }
}

function whyNoSecond(): string | undefined {
  if (process.platform !== 'linux') return 'a second engine needs Linux';
  if (process.getuid?.() !== 0) return 'only root may start a second engine';
  const missing = ['dockerd', 'iptables', 'ip'].filter((command) => !isOnPath(command));
  return missing.length === 0 ? undefined : `a second engine needs ${missing.join(' and ')}`;
}

function isOnPath(command: string): boolean {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.some((folder) => existsSync(join(folder, command)));
}
