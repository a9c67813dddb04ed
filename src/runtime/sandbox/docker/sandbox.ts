import { FintechError } from '../../../kernel/errors.ts';
import type { DriverOptions, RunningSandbox, UnitFailure, UnitStatus } from '../driver.ts';
import { lockSandbox } from '../lock.ts';
import type { SandboxPlan } from '../plan.ts';
import { probe } from '../readiness.ts';
import { keyArchive } from './private-keys.ts';
import type { ProjectEngine, UnitContainer } from './project-engine.ts';
import { saveLog } from './saved-log.ts';
import { UnitStarter } from './unit-starter.ts';
import { observe } from './unit-state.ts';

/** Who starts the sandbox in another shell cleans up in this time when its units vanish. */
const CLEAN_UP_MS = 20_000;
const LOCK_POLL_MS = 50;

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
    const all = await Promise.all(containers.map((each) => this.#statusOf(each)));
    return all.filter((status) => status !== undefined);
  }

  async startMissing(plan: SandboxPlan): Promise<UnitFailure[]> {
    using _lock = lockSandbox(this.#options.stateFolder);
    return await this.#starter.start(plan, this.#options.signal);
  }

  /** The same for who has the lock already. */
  start(plan: SandboxPlan): Promise<UnitFailure[]> {
    return this.#starter.start(plan, this.#options.signal);
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

  /** Also while another shell starts it: what that one adds meanwhile is removed when it has given up. */
  async stop(): Promise<void> {
    await this.removeContainers();
    using _lock = await this.#lockInTime();
    await this.removeAll();
  }

  /** Containers and network, for who has the lock. Volumes stay. */
  async removeAll(): Promise<void> {
    await this.removeContainers();
    await this.#engine.removeNetworks();
  }

  /** Services end first, the registry last, since the others leave it as they end. */
  async removeContainers(): Promise<void> {
    const containers = await this.#engine.containers();
    for (const wave of wavesOf(containers)) {
      await Promise.all(wave.map(({ container, name }) => this.#engine.stop(container, name)));
    }
    await this.#remove(containers);
  }

  /** At once: a process that only starts does not hear yet that it should end. */
  async abandonStart(): Promise<void> {
    await this.#remove(await this.#engine.containers());
    await this.#engine.removeNetworks();
  }

  async #remove(containers: readonly UnitContainer[]): Promise<void> {
    await Promise.all(
      containers.map(async (each) => {
        await saveLog(each, this.#options);
        await this.#engine.remove(each.container);
      }),
    );
  }

  async #lockInTime(): Promise<Disposable> {
    const { clock, stateFolder } = this.#options;
    const lastMs = clock.monotonicMs() + CLEAN_UP_MS;
    for (;;) {
      try {
        return lockSandbox(stateFolder);
      } catch (error) {
        const isBusy = error instanceof FintechError && error.code === 'SANDBOX_BUSY';
        if (!isBusy || clock.monotonicMs() > lastMs) throw error;
        await clock.sleep(LOCK_POLL_MS);
      }
    }
  }

  async #restartNow(name: string): Promise<void> {
    const containers = await this.#engine.containers();
    const found = containers.find((unit) => unit.name === name);
    if (found === undefined) {
      throw new FintechError('SANDBOX_UNIT_UNKNOWN', `no unit "${name}" runs in this sandbox`, {
        hint: 'Run `fintech status` to see the units.',
      });
    }
    await this.#engine.restart(found.container, name);
    const registryUrl = containers.find((unit) => unit.name === 'registry')?.url ?? '';
    await this.#starter.waitUntilReady(found, { registryUrl, signal: this.#options.signal });
  }

  async #statusOf(found: UnitContainer): Promise<UnitStatus | undefined> {
    const { name, kind, url, readyPath } = found;
    const answers = await probe(`${url}${readyPath}`);
    const nowMs = this.#options.clock.now();
    const observed = await observe(found, { engine: this.#engine, nowMs, answers });
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
