import type { Container } from 'dockerode';
import { dirname } from 'node:path';
import { FintechError, messageOf } from '../../../kernel/errors.ts';
import { formatDuration } from '../../../kernel/time.ts';
import type { DriverOptions, UnitFailure } from '../driver.ts';
import { recordHolder } from '../driver-record.ts';
import type { SandboxPlan, Unit } from '../plan.ts';
import { isDiscoverable, probe, until } from '../readiness.ts';
import { shownLine } from '../runner-message.ts';
import { crashFailure, timeoutFailure } from '../unit-failure.ts';
import { containerSpec } from './container-spec.ts';
import { lastLines } from './engine-log.ts';
import { ensureImage, removeOldImages } from './image/image.ts';
import { keyArchive } from './private-keys.ts';
import { LABEL } from './project.ts';
import type { ProjectEngine, UnitContainer } from './project-engine.ts';
import { saveLog } from './saved-log.ts';
import { observe } from './unit-state.ts';

const LINES_SHOWN = 20;
/** A probe is cheap, the engine's answer is not: it is asked at every so many probes. */
const PROBES_PER_LOOK = 5;

/** A unit that was started, as far as waiting for it goes. */
export type StartedUnit = Pick<Unit, 'name' | 'kind' | 'url' | 'readyPath'> & {
  container: Container;
};

interface Start {
  image: string;
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

  constructor(engine: ProjectEngine, options: DriverOptions) {
    this.#engine = engine;
    this.#options = options;
  }

  /**
   * Starts what a plan has and does not run, or runs otherwise: all components at once, then all services.
   * @returns services that did not get ready
   * @throws FintechError when a component did not get ready; the signal's reason
   */
  async start(plan: SandboxPlan, signal: AbortSignal): Promise<UnitFailure[]> {
    this.#demandSharedFiles(plan);
    const start = await this.#prepare(plan, signal);
    const components = plan.units.filter(({ kind }) => kind === 'component');
    const started = await Promise.allSettled(components.map((unit) => this.#bringUp(unit, start)));
    const failed = started.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    const services = plan.units.filter(({ kind }) => kind === 'service');
    const failures = await Promise.all(services.map((unit) => this.#tryService(unit, start)));
    await this.#tidyImages(start.image);
    return failures.filter((failure) => failure !== undefined);
  }

  /** @throws FintechError SANDBOX_UNIT_FAILED or SANDBOX_TIMEOUT with its last lines; the signal's reason */
  async waitUntilReady(
    unit: StartedUnit,
    { registryUrl, signal }: { registryUrl: string; signal: AbortSignal },
  ): Promise<void> {
    const { clock, timeoutMs } = this.#options;
    const timeout = AbortSignal.timeout(timeoutMs);
    const url = `${unit.url}${unit.readyPath}`;
    let probes = 0;
    const isReady = async () => {
      if (await probe(url)) return isDiscoverable(registryUrl, unit.name);
      if (++probes % PROBES_PER_LOOK === 0) await this.#demandLife(unit);
      return false;
    };
    try {
      await until(isReady, { clock, signal: AbortSignal.any([signal, timeout]) });
    } catch (error) {
      if (signal.aborted || !timeout.aborted) throw error;
      throw await timeoutFailure(await this.#failed(unit), { url, timeoutMs });
    }
  }

  /** @throws FintechError SANDBOX_ENGINE_REMOTE for services, which are mounted from this machine */
  #demandSharedFiles({ units }: SandboxPlan): void {
    const { remoteHost } = this.#engine;
    const services = units.filter(({ kind }) => kind === 'service').map(({ name }) => name);
    if (remoteHost === undefined || services.length === 0) return;
    const why = `the Docker engine at ${remoteHost} cannot see the files of ${services.join(', ')}`;
    throw new FintechError('SANDBOX_ENGINE_REMOTE', why, {
      hint: 'Run `fintech up --no-services`, use an engine of this machine, or run all without Docker: --driver embedded.',
    });
  }

  async #prepare(plan: SandboxPlan, signal: AbortSignal): Promise<Start> {
    const engine = this.#engine;
    const { project, publishedHost } = engine;
    const image = await this.#image(signal);
    signal.throwIfAborted();
    recordHolder(this.#options.stateFolder, 'docker', {
      project: project.id,
      root: project.root,
      publishedHost,
    });
    const [containers] = await Promise.all([
      engine.containers(),
      engine.ensureNetwork(),
      ...plan.units.map(({ name }) => engine.ensureVolume(name)),
    ]);
    const existing = new Map(containers.map((each) => [each.name, each]));
    const registry = plan.units.find(({ name }) => name === 'registry') ?? existing.get('registry');
    const positions = new Map(plan.units.map(({ name }, position) => [name, position]));
    return { image, existing, positions, registryUrl: registry?.url ?? '', signal };
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
      const ended = error instanceof FintechError && error.code === 'SANDBOX_NOT_RUNNING';
      if (start.signal.aborted || ended || !(error instanceof FintechError)) throw error;
      const { code, message, hint = null } = error;
      return { name: unit.name, code, why: message, hint };
    }
  }

  async #bringUp(unit: Unit, start: Start): Promise<void> {
    const { reporter, clock } = this.#options;
    const step = reporter.step(unit.name);
    const startedMs = clock.monotonicMs();
    try {
      start.signal.throwIfAborted();
      const container = await this.#run(unit, start);
      await this.waitUntilReady({ ...unit, container }, start);
      step.succeed(`${unit.url} in ${formatDuration(clock.monotonicMs() - startedMs)}`);
    } catch (error) {
      step.fail();
      throw error;
    }
  }

  /** The running container of a unit: the one there is, if it is as it should be, else a new one. */
  async #run(unit: Unit, { image, existing, positions }: Start): Promise<Container> {
    const { project, publishOn } = this.#engine;
    const position = positions.get(unit.name) ?? 0;
    const spec = containerSpec(unit, { project, image, publishOn, position });
    const before = existing.get(unit.name);
    if (before?.state === 'running' && before.configHash === spec.Labels?.[LABEL.configHash]) {
      return before.container;
    }
    if (before !== undefined) {
      await this.#engine.stop(before.container, unit.name);
      await saveLog(before, this.#options);
      await this.#engine.remove(before.container);
    }
    const container = await this.#engine.create(spec);
    if (unit.name === 'identity') {
      await this.#engine.putArchive(container, await keyArchive(this.#options.keysFolder));
    }
    await this.#engine.start(container, unit.name);
    return container;
  }

  /** @throws FintechError once waiting for a unit is in vain */
  async #demandLife(unit: StartedUnit): Promise<void> {
    const observed = await observe(unit, {
      engine: this.#engine,
      nowMs: this.#options.clock.now(),
    });
    if (observed === undefined || observed.state === 'stopped') {
      throw new FintechError('SANDBOX_NOT_RUNNING', 'the sandbox was stopped meanwhile', {
        hint: 'Run `fintech up`.',
      });
    }
    const { state, why } = observed;
    if (state === 'crashed') throw crashFailure(await this.#failed(unit), why);
  }

  async #failed({ name, container }: StartedUnit): Promise<{ name: string; lastLines: string[] }> {
    const lines = (await lastLines(container, LINES_SHOWN)).map(shownLine);
    return { name, lastLines: lines.filter((line) => line !== undefined) };
  }

  /** Images of earlier versions go once none of their containers is left; a failure to do so can wait. */
  async #tidyImages(image: string): Promise<void> {
    await removeOldImages(this.#engine.docker, image).catch((error: unknown) => {
      this.#options.reporter.detail(`old images stay: ${messageOf(error)}`);
    });
  }
}
