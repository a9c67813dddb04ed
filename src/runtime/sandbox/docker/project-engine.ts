import { isIPv6 } from 'node:net';
import type Docker from 'dockerode';
import type {
  Container,
  ContainerCreateOptions,
  ContainerInspectInfo,
  NetworkInspectInfo,
} from 'dockerode';
import { FintechError } from '../../../kernel/errors.ts';
import type { Reporter } from '../../../kernel/reporter.ts';
import { engineFailure } from './engine/engine.ts';
import { demandOurs } from './foreign-thing.ts';
import { letGuestsOut } from './network-guests.ts';
import {
  type DockerProject,
  networkName,
  projectFilter,
  resourceLabels,
  unitOfLabels,
  volumeName,
} from './project.ts';
import type { UnitContainer } from './unit-container.ts';

const NOT_MODIFIED = 304;
const NOT_FOUND = 404;
const CONFLICT = 409;
/** How long a container may take to go that someone else removes. */
const GOING_MS = 5000;

/** Whether a container could not be made since another fintech has tidied its image away. */
export function isImageGone(error: unknown): boolean {
  return (
    error instanceof FintechError &&
    error.details['status'] === NOT_FOUND &&
    /no such image/i.test(error.message)
  );
}

interface ProjectSettings {
  project: DockerProject;
  remoteHost: string | undefined;
  publishOn: string;
  reporter: Reporter;
}

/** All that is asked of the engine for one project. Every failure is told in our words. */
export class ProjectEngine {
  readonly docker: Docker;
  readonly project: DockerProject;
  /** The engine's machine, when it is not this one. */
  readonly remoteHost: string | undefined;
  /** The address ports are published on, at the engine's machine. */
  readonly publishOn: string;
  readonly #reporter: Reporter;

  constructor(docker: Docker, settings: ProjectSettings) {
    this.docker = docker;
    this.project = settings.project;
    this.remoteHost = settings.remoteHost;
    this.publishOn = settings.publishOn;
    this.#reporter = settings.reporter;
  }

  /** Where this machine reaches published ports, as in a URL. */
  get publishedHost(): string {
    const host = this.remoteHost ?? '127.0.0.1';
    return isIPv6(host) ? `[${host}]` : host;
  }

  /** In the order of the plan. */
  async containers(): Promise<UnitContainer[]> {
    const filters = projectFilter(this.project);
    const found = await this.#ask('list the containers', () =>
      this.docker.listContainers({ all: true, filters }),
    );
    return found
      .map(({ Id, State, Labels, NetworkSettings }) => ({
        ...unitOfLabels(Labels),
        container: this.docker.getContainer(Id),
        state: State,
        networkId: NetworkSettings.Networks[networkName(this.project)]?.NetworkID,
      }))
      .sort((a, b) => a.position - b.position || a.name.localeCompare(b.name));
  }

  /** @returns undefined when it is gone */
  async inspect(container: Container): Promise<ContainerInspectInfo | undefined> {
    return this.#unless([NOT_FOUND], 'look at a container', () => container.inspect());
  }

  /** Makes the network, or takes the one an earlier sandbox left. @returns its id */
  async ensureNetwork(): Promise<string> {
    const name = networkName(this.project);
    const making = `make the network ${name}`;
    const made = await this.#unless([CONFLICT], making, () =>
      this.docker.createNetwork({
        Name: name,
        Driver: 'bridge',
        CheckDuplicate: true,
        Labels: resourceLabels(this.project, { kind: 'network', name: 'default' }),
      }),
    );
    if (made !== undefined) return made.id;
    const found = await this.#ask(making, () => this.docker.getNetwork(name).inspect());
    demandOurs(this.project, { kind: 'network', name, labels: found.Labels });
    return found.Id;
  }

  /** The network of the sandbox that runs: each start makes one, and its end removes it. */
  async networkId(): Promise<string | undefined> {
    return (await this.#networks())[0]?.Id;
  }

  /** Makes a unit's volume; one that is there keeps its data. */
  async ensureVolume(unit: string): Promise<void> {
    const name = volumeName(this.project, unit);
    const { Labels } = await this.#ask(`make the volume ${name}`, async () => {
      const volume = await this.docker.createVolume({
        Name: name,
        Labels: resourceLabels(this.project, { kind: 'volume', name: `${unit}-data` }),
      });
      return volume.inspect();
    });
    demandOurs(this.project, { kind: 'volume', name, labels: Labels });
  }

  async create(spec: ContainerCreateOptions): Promise<Container> {
    const { name = '' } = spec;
    const making = `make the container ${name}`;
    const made = await this.#unless([CONFLICT], making, () => this.docker.createContainer(spec));
    if (made !== undefined) return made;
    const labels = (await this.inspect(this.docker.getContainer(name)))?.Config.Labels;
    demandOurs(this.project, { kind: 'container', name, labels });
    throw new FintechError('SANDBOX_BUSY', `the container ${name} was made meanwhile`, {
      hint: 'Wait a moment, then run `fintech status`.',
    });
  }

  async start(container: Container, unit: string): Promise<void> {
    await this.#unless([NOT_MODIFIED], `start ${unit}`, () => container.start());
  }

  /** @returns false when it is gone */
  async restart(container: Container, unit: string): Promise<boolean> {
    const restart = async () => {
      await container.restart();
      return true;
    };
    return (await this.#unless([NOT_FOUND], `restart ${unit}`, restart)) ?? false;
  }

  /** Asks its process to end, and ends it when its time is over. Gone or stopped already is fine. */
  async stop(container: Container, unit: string): Promise<void> {
    await this.#unless([NOT_MODIFIED, NOT_FOUND], `stop ${unit}`, () => container.stop());
  }

  /** Gone or stopped already is fine. */
  async kill(container: Container, unit: string): Promise<void> {
    await this.#unless([NOT_FOUND, CONFLICT], `kill ${unit}`, () => container.kill());
  }

  async remove(container: Container): Promise<void> {
    const removed = await this.#unless([NOT_FOUND, CONFLICT], 'remove a container', async () => {
      await container.remove({ force: true });
      return true;
    });
    if (removed === true) return;
    // Someone else removes it now, and its network is free only when that is done.
    const abortSignal = AbortSignal.timeout(GOING_MS);
    await container.wait({ condition: 'removed', abortSignal }).catch(() => undefined);
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

  /** Whoever else is in it is let out and runs on. */
  async removeNetworks(): Promise<void> {
    const removals = (await this.#networks()).map(({ Id }) =>
      this.#unless([NOT_FOUND], 'remove the network', async () => {
        const ours = (await this.containers()).map(({ container }) => container.id);
        const network = this.docker.getNetwork(Id);
        await letGuestsOut(network, { except: ours, reporter: this.#reporter });
        await network.remove();
      }),
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

  #networks(): Promise<NetworkInspectInfo[]> {
    const filters = projectFilter(this.project);
    return this.#ask('list the networks', () => this.docker.listNetworks({ filters }));
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
