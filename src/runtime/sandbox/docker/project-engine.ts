import type Docker from 'dockerode';
import type {
  Container,
  ContainerCreateOptions,
  ContainerInspectInfo,
  NetworkInspectInfo,
} from 'dockerode';
import { engineFailure } from './engine/engine.ts';
import {
  type DockerProject,
  type LabelledUnit,
  networkName,
  projectFilter,
  resourceLabels,
  unitOfLabels,
  volumeName,
} from './project.ts';

const NOT_MODIFIED = 304;
const NOT_FOUND = 404;
const CONFLICT = 409;

/** A container of the project, by what its labels say. */
export interface UnitContainer extends LabelledUnit {
  container: Container;
  /** The engine's word: `created`, `running`, `restarting`, `exited` … */
  state: string;
}

/** All that is asked of the engine for one project. Every failure is told in our words. */
export class ProjectEngine {
  readonly docker: Docker;
  readonly project: DockerProject;
  /** The engine's machine, when it is not this one. */
  readonly remoteHost: string | undefined;
  /** The address ports are published on, at the engine's machine. */
  readonly publishOn: string;

  constructor(
    docker: Docker,
    place: { project: DockerProject; remoteHost: string | undefined; publishOn: string },
  ) {
    this.docker = docker;
    this.project = place.project;
    this.remoteHost = place.remoteHost;
    this.publishOn = place.publishOn;
  }

  /** Where this machine reaches published ports. */
  get publishedHost(): string {
    return this.remoteHost ?? '127.0.0.1';
  }

  /** In the order of the plan. */
  async containers(): Promise<UnitContainer[]> {
    const filters = projectFilter(this.project);
    const found = await this.#ask('list the containers', () =>
      this.docker.listContainers({ all: true, filters }),
    );
    return found
      .map(({ Id, State, Labels }) => ({
        ...unitOfLabels(Labels),
        container: this.docker.getContainer(Id),
        state: State,
      }))
      .sort((a, b) => a.position - b.position || a.name.localeCompare(b.name));
  }

  /** @returns undefined when it is gone */
  async inspect(container: Container): Promise<ContainerInspectInfo | undefined> {
    return this.#unless([NOT_FOUND], 'look at a container', () => container.inspect());
  }

  /** Makes the network, or takes the one an earlier sandbox left. */
  async ensureNetwork(): Promise<void> {
    const name = networkName(this.project);
    await this.#unless([CONFLICT], `make the network ${name}`, () =>
      this.docker.createNetwork({
        Name: name,
        Driver: 'bridge',
        CheckDuplicate: true,
        Labels: resourceLabels(this.project, { kind: 'network', name: 'default' }),
      }),
    );
  }

  /** Makes a unit's volume; one that is there keeps its data. */
  async ensureVolume(unit: string): Promise<void> {
    const name = volumeName(this.project, unit);
    await this.#ask(`make the volume ${name}`, () =>
      this.docker.createVolume({
        Name: name,
        Labels: resourceLabels(this.project, { kind: 'volume', name: `${unit}-data` }),
      }),
    );
  }

  async create(spec: ContainerCreateOptions): Promise<Container> {
    const making = `make the container ${spec.name}`;
    const make = () => this.docker.createContainer(spec);
    const made = await this.#unless([CONFLICT], making, make);
    if (made !== undefined) return made;
    // What has its name without our labels is the rest of a creation that broke off.
    await this.remove(this.docker.getContainer(spec.name ?? ''));
    return this.#ask(making, make);
  }

  async start(container: Container, unit: string): Promise<void> {
    await this.#unless([NOT_MODIFIED], `start ${unit}`, () => container.start());
  }

  async restart(container: Container, unit: string): Promise<void> {
    await this.#ask(`restart ${unit}`, () => container.restart());
  }

  /** Asks its process to end, and ends it when its time is over. Gone or stopped already is fine. */
  async stop(container: Container, unit: string): Promise<void> {
    await this.#unless([NOT_MODIFIED, NOT_FOUND], `stop ${unit}`, () => container.stop());
  }

  async remove(container: Container): Promise<void> {
    // A conflict: someone else removes it now.
    await this.#unless([NOT_FOUND, CONFLICT], 'remove a container', () =>
      container.remove({ force: true }),
    );
  }

  async putArchive(container: Container, archive: Buffer): Promise<void> {
    await this.#ask('give identity its keys', () =>
      container.putArchive(archive, { path: '/data' }),
    );
  }

  /** Where containers of the project find the engine's machine. */
  async gateways(): Promise<string[]> {
    const networks = await this.#networks();
    return networks.flatMap(({ IPAM }) =>
      (IPAM?.Config ?? []).flatMap(({ Gateway }) => Gateway ?? []),
    );
  }

  #networks(): Promise<NetworkInspectInfo[]> {
    const filters = projectFilter(this.project);
    return this.#ask('list the networks', () => this.docker.listNetworks({ filters }));
  }

  async removeNetworks(): Promise<void> {
    const found = await this.#networks();
    const removals = found.map(({ Id }) =>
      this.#unless([NOT_FOUND], 'remove the network', () => this.docker.getNetwork(Id).remove()),
    );
    await Promise.all(removals);
  }

  async removeVolumes(): Promise<void> {
    const filters = projectFilter(this.project);
    const { Volumes } = await this.#ask('list the volumes', () =>
      this.docker.listVolumes({ filters }),
    );
    const removals = Volumes.map(({ Name }) =>
      this.#unless([NOT_FOUND], `remove the volume ${Name}`, () =>
        this.docker.getVolume(Name).remove(),
      ),
    );
    await Promise.all(removals);
  }

  /** Where an answer of these says that nothing was left to do, nothing is given. */
  async #unless<T>(
    statuses: readonly number[],
    doing: string,
    ask: () => Promise<T>,
  ): Promise<T | undefined> {
    try {
      return await ask();
    } catch (error) {
      if (statuses.includes(statusOf(error))) return undefined;
      throw engineFailure(error, doing);
    }
  }

  async #ask<T>(doing: string, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      throw engineFailure(error, doing);
    }
  }
}

/** The engine's status, or 0 for what is no answer of it. */
function statusOf(error: unknown): number {
  return error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 0;
}
