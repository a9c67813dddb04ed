import type { Readable } from 'node:stream';
import { request } from 'undici';
import type Docker from 'dockerode';
import type { Container, ContainerInspectInfo } from 'dockerode';
import { systemRandom } from '../../../kernel/random.ts';
import { systemClock } from '../../../kernel/time.ts';
import type { Config } from '../../../model/config.ts';
import { mintAccessToken, openKeys } from '../../identity/public.ts';
import type { DriverOptions, SandboxDriver, StartedSandbox, UnitStatus } from '../driver.ts';
import { readDriverRecord } from '../driver-record.ts';
import type { SandboxPlan } from '../plan.ts';
import { docker as sharedDocker } from '../testing/docker-engine.ts';
import { type SandboxFixture, sandboxFixture } from '../testing/sandbox-fixture.ts';
import { fileURLToPath } from 'node:url';
import { dockerDriver } from './driver.ts';
import { containerName, type DockerProject, LABEL, projectOf } from './project.ts';

/** Containers run the built program: `npm run build` first. */
const entry = fileURLToPath(new URL('../../../../bin/fintech.js', import.meta.url));

/** How long a test waits for what an engine does by itself. */
export const WAIT = { timeout: 20_000, interval: 50 };

export interface BenchSettings {
  services?: NonNullable<Config['services']>;
  /** The engine to use instead of the machine's own. */
  engine?: { docker: Docker; address: string };
}

/** A workspace, the Docker driver that runs it, and hands to harm it by. All gone when disposed. */
export class FaultBench implements AsyncDisposable {
  readonly fixture: SandboxFixture = sandboxFixture();
  readonly docker: Docker;
  readonly project: DockerProject;
  readonly driver: SandboxDriver;
  readonly #services: NonNullable<Config['services']>;
  readonly #environment: DriverOptions['environment'];

  constructor({ services = {}, engine }: BenchSettings = {}) {
    const { root, stateFolder } = this.fixture;
    this.#services = services;
    this.docker = engine?.docker ?? sharedDocker;
    this.#environment =
      engine === undefined ? process.env : { ...process.env, DOCKER_HOST: engine.address };
    this.project = projectOf({ name: 'fixture', root, stateFolder });
    this.driver = this.make();
  }

  make(options: Partial<DriverOptions> = {}): SandboxDriver {
    return dockerDriver(
      this.fixture.options({
        self: { node: process.execPath, entry },
        environment: this.#environment,
        ...options,
      }),
    );
  }

  plan(running: Readonly<Record<string, number>> = {}): Promise<SandboxPlan> {
    return this.fixture.plan(this.driver, this.#services, running);
  }

  start(options: Partial<DriverOptions> = {}): Promise<StartedSandbox> {
    return this.make(options).start(() => this.plan());
  }

  /** What `up` does on a sandbox that runs. */
  async startMissing(): Promise<void> {
    const running = await this.make().attach();
    if (running === undefined) throw new Error('nothing runs');
    const status = await running.status();
    const ports = status.map(({ name, url }) => [name, Number(new URL(url).port)]);
    const failures = await running.startMissing(await this.plan(Object.fromEntries(ports)));
    if (failures.length > 0) throw new Error(failures[0]?.why);
  }

  /** As another shell sees it. */
  async status(): Promise<UnitStatus[]> {
    return (await (await this.make().attach())?.status()) ?? [];
  }

  async unit(name: string): Promise<UnitStatus | undefined> {
    return (await this.status()).find((unit) => unit.name === name);
  }

  async states(): Promise<Record<string, string>> {
    const status = await this.status();
    return Object.fromEntries(
      status.map(({ name, state, why }) => [name, why === undefined ? state : `${state}: ${why}`]),
    );
  }

  container(unit: string): Container {
    return this.docker.getContainer(containerName(this.project, unit));
  }

  inspect(unit: string): Promise<ContainerInspectInfo> {
    return this.container(unit).inspect();
  }

  /** Kills the first process of a container from outside, as a crash would end it. */
  async killProcess(unit: string): Promise<void> {
    process.kill((await this.inspect(unit)).State.Pid, 'SIGKILL');
  }

  /** Calls back at the nth thing the engine tells of the project: what it made, started, removed. */
  async atEvent(nth: number, callBack: () => void): Promise<Disposable> {
    const stream = await this.docker.getEvents();
    let seen = 0;
    stream.on('data', (chunk: Buffer) => {
      for (const line of chunk.toString().split('\n')) {
        if (line.includes(this.project.id) && ++seen === nth) callBack();
      }
    });
    return { [Symbol.dispose]: () => (stream as unknown as Readable).destroy() };
  }

  /** Names of containers and networks of the project; volumes stay. */
  async leftovers(): Promise<string[]> {
    const filters = { label: [`${LABEL.project}=${this.project.id}`] };
    const [containers, networks] = await Promise.all([
      this.docker.listContainers({ all: true, filters }),
      this.docker.listNetworks({ filters }),
    ]);
    return [...containers.flatMap(({ Names }) => Names), ...networks.map(({ Name }) => Name)];
  }

  /** @returns the store's answer */
  append(id: string, data: unknown = {}): Promise<Answer> {
    const event = { specversion: '1.0', id, source: '/faults', type: 'fault.seen', data };
    return this.#askEvents('POST', '/streams/faults', JSON.stringify(event));
  }

  /** Ids of all events, in order. */
  async events(): Promise<string[]> {
    const { text } = await this.#askEvents('GET', '/events');
    const lines = text.split('\n').filter((line) => line !== '');
    return lines.map((line) => (JSON.parse(line) as { id: string }).id);
  }

  async #askEvents(method: 'GET' | 'POST', path: string, body: string | null = null) {
    const { docker: noted } = readDriverRecord(this.fixture.stateFolder);
    const urls = new Map(noted?.units?.map(({ name, url }) => [name, url]));
    const token = mintAccessToken(
      {
        issuer: urls.get('identity') ?? '',
        subject: 'faults',
        clientId: 'faults',
        audience: 'events',
        scopes: ['events:append', 'events:read'],
        issuedAtMs: systemClock.now(),
        lifetimeS: 600,
        algorithm: 'ES256',
        claims: {},
      },
      {
        keys: openKeys(this.fixture.options().keysFolder, systemRandom, systemClock),
        random: systemRandom,
      },
    );
    const answer = await request(`${urls.get('events')}${path}`, {
      method,
      body,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      reset: true,
    });
    return { status: answer.statusCode, text: await answer.body.text() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const filters = { label: [`${LABEL.project}=${this.project.id}`] };
    const containers = await this.docker.listContainers({ all: true, filters });
    const remove = ({ Id }: { Id: string }) =>
      this.docker.getContainer(Id).remove({ force: true, v: true });
    await Promise.all(containers.map(remove));
    await this.driver.purge({ data: true });
    this.fixture[Symbol.dispose]();
  }
}

export interface Answer {
  status: number;
  text: string;
}
