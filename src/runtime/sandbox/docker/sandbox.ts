import { FintechError } from '../../../kernel/errors.ts';
import type { DriverOptions, RunningSandbox, UnitFailure, UnitStatus } from '../driver.ts';
import type { SandboxPlan } from '../plan.ts';
import { probe, readiness } from '../readiness.ts';
import { GLANCE_MS, isLocked, lockInTime } from './lock-in-time.ts';
import { withMissing } from './missing-units.ts';
import { onForcedEnd } from './forced-end.ts';
import { keyArchive } from './private-keys.ts';
import { isImageGone, type ProjectEngine } from './project-engine.ts';
import { isLive, type UnitContainer } from './unit-container.ts';
import { saveLog } from './saved-log.ts';
import { stoppedMeanwhile } from './stopped-meanwhile.ts';
import { UnitStarter } from './unit-starter.ts';
import { observe } from './unit-state.ts';
import { UnitWaiter } from './unit-waiter.ts';

/** Who starts the sandbox in another shell cleans up in this time when its units vanish. */
const CLEAN_UP_MS = 20_000;
/** The image may go between its making and its use. */
const START_ATTEMPTS = 3;

export interface StopOptions {
  /** Stops the sandbox on this network alone, and not one that was started after it. */
  networkId?: string | undefined;
  /** Called with each container that has ended, before it is removed. */
  lastWords?: ((unit: UnitContainer) => Promise<void>) | undefined;
}

interface Removal extends Pick<StopOptions, 'lastWords'> {
  /** Whether another shell starts the sandbox now. */
  isStarting: boolean;
}

/** The containers of one project. It holds no state of its own: the engine is asked each time. */
export class DockerSandbox implements RunningSandbox {
  readonly #engine: ProjectEngine;
  readonly #options: DriverOptions;
  readonly #starter: UnitStarter;
  /** Restarts happen one after the other. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(engine: ProjectEngine, options: DriverOptions) {
    this.#engine = engine;
    this.#options = options;
    this.#starter = new UnitStarter(engine, options);
  }

  async status(): Promise<UnitStatus[]> {
    const containers = await this.#engine.containers();
    const seen = await Promise.all(
      containers.map((each) => this.#statusOf(each, containers.some(isLive))),
    );
    const there = seen.filter((status) => status !== undefined);
    return withMissing(there, this.#options.stateFolder);
  }

  async startMissing(plan: SandboxPlan): Promise<UnitFailure[]> {
    using _lock = await lockInTime(this.#options, { timeoutMs: GLANCE_MS });
    return await this.start(plan);
  }

  /** The same for who has the lock already. */
  async start(plan: SandboxPlan): Promise<UnitFailure[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#starter.start(plan, this.#options.signal);
      } catch (error) {
        if (!isImageGone(error) || attempt === START_ATTEMPTS) throw error;
      }
    }
  }

  restart(name: string): Promise<void> {
    const result = this.#queue.then(() => this.#restartNow(name));
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async publishKeys(): Promise<void> {
    const containers = await this.#engine.containers();
    const identity = containers.find(({ name }) => name === 'identity');
    if (identity === undefined) return;
    const archive = await keyArchive(this.#options.keysFolder);
    await this.#engine.putArchive(identity.container, archive);
  }

  /**
   * Also while another shell starts it, which gives up once what it waits for is gone.
   */
  async stop({ networkId, lastWords }: StopOptions = {}): Promise<void> {
    if (!(await this.#isOf(networkId))) return;
    const kill = () => void this.#killAll(networkId).catch(() => undefined);
    using _forced = onForcedEnd(this.#options, kill);
    const remove = () => this.#removeContainers({ isStarting: isLocked(this.#options), lastWords });
    await remove();
    const meanwhile = async () => {
      if (await this.#isOf(networkId)) await remove();
    };
    using _lock = await lockInTime(this.#options, { timeoutMs: CLEAN_UP_MS, meanwhile });
    if (await this.#isOf(networkId)) await this.removeAll();
  }

  /** Containers and network, for who has the lock. Volumes stay. */
  async removeAll(): Promise<void> {
    await this.#removeContainers({ isStarting: false });
    await this.#engine.removeNetworks();
  }

  /** Services end first, the registry last, since the others leave it as they end. */
  async #removeContainers({ isStarting, lastWords }: Removal): Promise<void> {
    const containers = await this.#engine.containers();
    for (const wave of wavesOf(containers)) {
      await Promise.all(wave.map((unit) => this.#stopUnit(unit, isStarting)));
    }
    await this.#remove(containers, lastWords);
  }

  /** A process that only starts does not hear yet that it should end. */
  async #stopUnit(unit: UnitContainer, isStarting: boolean): Promise<void> {
    const { container, name } = unit;
    const hears = !isStarting || (await probe(`${unit.url}${unit.readyPath}`));
    if (hears) await this.#engine.stop(container, name);
    else await this.#remove([unit]);
  }

  /** Ends all processes without asking them: who waits for their end goes on at once. */
  async #killAll(networkId: string | undefined): Promise<void> {
    if (!(await this.#isOf(networkId))) return;
    const containers = await this.#engine.containers();
    await Promise.all(containers.map(({ container, name }) => this.#engine.kill(container, name)));
  }

  /** At once. */
  async abandonStart(): Promise<void> {
    await this.#remove(await this.#engine.containers());
    await this.#engine.removeNetworks();
  }

  async #isOf(networkId: string | undefined): Promise<boolean> {
    return networkId === undefined || (await this.#engine.networkId()) === networkId;
  }

  async #remove(
    containers: readonly UnitContainer[],
    lastWords?: StopOptions['lastWords'],
  ): Promise<void> {
    await Promise.all(
      containers.map(async (each) => {
        await lastWords?.(each);
        await saveLog(each, this.#options);
        await this.#engine.remove(each.container);
      }),
    );
  }

  async #restartNow(name: string): Promise<void> {
    const containers = await this.#engine.containers();
    const found = containers.find((unit) => unit.name === name);
    if (found === undefined) {
      throw new FintechError('SANDBOX_UNIT_UNKNOWN', `this sandbox has no container of "${name}"`, {
        hint: 'Run `fintech status` to see the units, and `fintech up` to start what is missing.',
      });
    }
    if (!(await this.#engine.restart(found.container, name))) throw stoppedMeanwhile();
    const registryUrl = containers.find((unit) => unit.name === 'registry')?.url ?? '';
    await new UnitWaiter(this.#engine, this.#options).waitUntilReady(found, {
      registryUrl,
      signal: this.#options.signal,
    });
  }

  async #statusOf(found: UnitContainer, othersRun: boolean): Promise<UnitStatus | undefined> {
    const { name, kind, url, readyPath } = found;
    const answer = await readiness(`${url}${readyPath}`);
    const nowMs = this.#options.clock.now();
    const observed = await observe(found, {
      engine: this.#engine,
      nowMs,
      answer,
      othersRun,
    });
    if (observed === undefined) return undefined;
    const { state, why, pid, containerName: container } = observed;
    return {
      name,
      kind,
      state,
      url,
      container,
      ...(pid === undefined ? {} : { pid }),
      ...(why === undefined ? {} : { why }),
    };
  }
}

/** What stops together, in the order of stopping. */
function wavesOf(containers: readonly UnitContainer[]): UnitContainer[][] {
  const isService = ({ kind }: UnitContainer) => kind === 'service';
  const isRegistry = ({ name }: UnitContainer) => name === 'registry';
  return [
    containers.filter(isService),
    containers.filter((unit) => !isService(unit) && !isRegistry(unit)),
    containers.filter((unit) => !isService(unit) && isRegistry(unit)),
  ];
}
