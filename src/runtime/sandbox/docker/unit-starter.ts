import type { Container, ContainerCreateOptions } from 'dockerode';
import { dirname } from 'node:path';
import { type ErrorCode, FintechError, messageOf } from '../../../kernel/errors.ts';
import { formatDuration } from '../../../kernel/time.ts';
import type { DriverOptions, UnitFailure } from '../driver.ts';
import { recordHolder } from '../driver-record.ts';
import type { SandboxPlan, Unit } from '../plan.ts';
import { containerSpec } from './container-spec.ts';
import { hasInit } from './engine/engine-init.ts';
import { ensureImage, removeOldImages } from './image/image.ts';
import { wholeKeyArchive } from './private-keys.ts';
import { LABEL } from './project.ts';
import { isImageGone, type ProjectEngine } from './project-engine.ts';
import type { UnitContainer } from './unit-container.ts';
import { saveLog } from './saved-log.ts';
import { sharedPaths } from './service-folders.ts';
import { settled } from './settled.ts';
import { stoppedMeanwhile, vanishes } from './stopped-meanwhile.ts';
import { UnitWaiter } from './unit-waiter.ts';

/** What a service cannot be blamed for: it was stopped, or is to be planned anew. */
const NOT_ITS_FAULT: ReadonlySet<ErrorCode> = new Set(['SANDBOX_NOT_RUNNING', 'SANDBOX_PORT_HELD']);

interface Start {
  image: string;
  hasInit: boolean;
  networkId: string;
  /** Containers from before, by unit. */
  existing: ReadonlyMap<string, UnitContainer>;
  /** Each unit's place in the plan. */
  positions: ReadonlyMap<string, number>;
  registryUrl: string;
  signal: AbortSignal;
}

/** Brings the containers of a plan up, and waits until they are ready. */
export class UnitStarter {
  readonly #engine: ProjectEngine;
  readonly #options: DriverOptions;
  readonly #waiter: UnitWaiter;

  constructor(engine: ProjectEngine, options: DriverOptions) {
    this.#engine = engine;
    this.#options = options;
    this.#waiter = new UnitWaiter(engine, options);
  }

  /**
   * Starts what a plan has and does not run, or runs otherwise: all components at once, then all services.
   * @returns services that did not get ready
   * @throws FintechError when a component did not get ready; the signal's reason
   */
  async start(plan: SandboxPlan, signal: AbortSignal): Promise<UnitFailure[]> {
    this.#demandSharedFiles(plan);
    const giveUp = new AbortController();
    const start = await this.#prepare(plan, AbortSignal.any([signal, giveUp.signal]));
    const kinds = Map.groupBy(plan.units, ({ kind }) => kind);
    const all = async <T>(units: Unit[] = [], run: (unit: Unit) => Promise<T>) =>
      settled(units.map(run), (error) => giveUp.abort(error));
    await all(kinds.get('component'), (unit) => this.#bringUp(unit, start));
    const failures = await all(kinds.get('service'), (unit) => this.#tryService(unit, start));
    await this.#tidyImages(start.image);
    return failures.filter((failure) => failure !== undefined);
  }

  /**
   * @throws FintechError CONFIG_INVALID for a folder that containers must not see, and
   *   SANDBOX_ENGINE_REMOTE where they cannot, since services are mounted from this machine
   */
  #demandSharedFiles({ units }: SandboxPlan): void {
    const { remoteHost, project } = this.#engine;
    const services = units.filter((unit) => unit.process !== undefined);
    for (const unit of services) sharedPaths(unit, { ...this.#options, root: project.root });
    if (remoteHost === undefined || services.length === 0) return;
    const names = services.map(({ name }) => name).join(', ');
    const why = `the Docker engine at ${remoteHost} cannot see the files of ${names}`;
    throw new FintechError('SANDBOX_ENGINE_REMOTE', why, {
      hint: 'Run `fintech up --driver docker --no-services`, use an engine of this machine, or run all without Docker: --driver embedded.',
    });
  }

  async #prepare(plan: SandboxPlan, signal: AbortSignal): Promise<Start> {
    const engine = this.#engine;
    const asked = [this.#image(signal), hasInit(engine.docker)] as const;
    await settled<unknown>(asked);
    const [image, init] = await Promise.all(asked);
    signal.throwIfAborted();
    const containers = await engine.containers();
    this.#note(plan, containers);
    const volumes = plan.units.map(({ name }) => engine.ensureVolume(name));
    const making = [engine.ensureNetwork(), ...volumes] as const;
    await settled<unknown>(making);
    const networkId = await making[0];
    const existing = new Map(containers.map((each) => [each.name, each]));
    const registry = plan.units.find(({ name }) => name === 'registry') ?? existing.get('registry');
    const positions = new Map(plan.units.map(({ name }, position) => [name, position]));
    return {
      image,
      hasInit: init,
      networkId,
      existing,
      positions,
      registryUrl: registry?.url ?? '',
      signal,
    };
  }

  /** Before the first volume is made. What the plan leaves out and runs already, runs on. */
  #note({ units }: SandboxPlan, containers: readonly UnitContainer[]): void {
    const { project, publishedHost } = this.#engine;
    const planned = new Set(units.map(({ name }) => name));
    const others = containers.filter(({ name }) => !planned.has(name));
    recordHolder(this.#options.stateFolder, 'docker', {
      project: project.id,
      root: project.root,
      publishedHost,
      units: [...units, ...others].map(({ name, kind, url }) => ({ name, kind, url })),
    });
  }

  #image(signal: AbortSignal): Promise<string> {
    const { self, nodeImage, environment, homeFolder, reporter } = this.#options;
    return ensureImage(this.#engine.docker, {
      node: self.node,
      programFolder: dirname(dirname(self.entry)),
      baseImage: nodeImage,
      environment,
      homeFolder,
      reporter,
      signal,
    });
  }

  async #tryService(unit: Unit, start: Start): Promise<UnitFailure | undefined> {
    try {
      await this.#bringUp(unit, start);
      return undefined;
    } catch (error) {
      if (start.signal.aborted || !(error instanceof FintechError)) throw error;
      if (NOT_ITS_FAULT.has(error.code) || isImageGone(error)) throw error;
      const { code, message, hint = null } = error;
      return { name: unit.name, code, why: message, hint };
    }
  }

  async #bringUp(unit: Unit, start: Start): Promise<void> {
    const { reporter, clock } = this.#options;
    start.signal.throwIfAborted();
    const spec = this.#specOf(unit, start);
    const running = rightOne(spec, start.existing.get(unit.name), start.networkId);
    if (running !== undefined)
      return this.#waiter.waitUntilReady({ ...unit, container: running }, start);
    const step = reporter.step(unit.name);
    const startedMs = clock.monotonicMs();
    try {
      const container = await this.#run(unit, spec, start);
      await this.#waiter.waitUntilReady({ ...unit, container }, start);
      step.succeed(`${unit.url} in ${formatDuration(clock.monotonicMs() - startedMs)}`);
    } catch (error) {
      step.fail();
      throw error;
    }
  }

  #specOf(unit: Unit, { image, hasInit, positions }: Start): ContainerCreateOptions {
    const { project, publishOn } = this.#engine;
    const position = positions.get(unit.name) ?? 0;
    const folders = { ...this.#options, root: project.root };
    return containerSpec(unit, { project, folders, image, publishOn, hasInit, position });
  }

  /** A new container for a unit, in the place of one that is not as it should be. */
  async #run(
    unit: Unit,
    spec: ContainerCreateOptions,
    { existing, signal }: Start,
  ): Promise<Container> {
    const before = existing.get(unit.name);
    if (before !== undefined) {
      await this.#engine.stop(before.container, unit.name);
      await saveLog(before, this.#options);
      await this.#engine.remove(before.container);
    }
    signal.throwIfAborted();
    const container = await this.#engine.create(spec);
    try {
      if (unit.name === 'identity') {
        await this.#engine.putArchive(container, await wholeKeyArchive(this.#options.keysFolder));
      }
      signal.throwIfAborted();
      await this.#engine.start(container, unit.name);
    } catch (error) {
      const failed = error instanceof FintechError && error.code === 'SANDBOX_UNIT_FAILED';
      const { clock } = this.#options;
      if (failed && (await vanishes(container, { engine: this.#engine, clock })))
        throw stoppedMeanwhile();
      throw error;
    }
    return container;
  }

  /** Images of earlier versions go once none of their containers is left; a failure to do so can wait. */
  async #tidyImages(image: string): Promise<void> {
    await removeOldImages(this.#engine.docker, image).catch((error: unknown) => {
      this.#options.reporter.detail(`old images stay: ${messageOf(error)}`);
    });
  }
}

/** The container a unit runs in, if it is as it should be. */
function rightOne(
  spec: ContainerCreateOptions,
  before: UnitContainer | undefined,
  networkId: string,
): Container | undefined {
  const isRight =
    before?.state === 'running' &&
    before.networkId === networkId &&
    before.configHash === spec.Labels?.[LABEL.configHash];
  return isRight ? before.container : undefined;
}
