import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FintechError } from '../../../kernel/errors.ts';
import { attachByControl } from './control-client.ts';
import type {
  DriverOptions,
  SandboxDriver,
  StartedSandbox,
  UnitFailure,
  UnitStatus,
} from '../driver.ts';
import { forgetHolder, recordHolder } from '../driver-record.ts';
import { EmbeddedUnits } from './units.ts';
import { lockSandbox } from '../lock.ts';
import { savedLogs } from '../log-reader.ts';
import type { SandboxPlan } from '../plan.ts';
import { endProcesses, markOf } from '../processes.ts';
import { loopbackTopology } from '../topology.ts';
import { readState, removeState, type SandboxState, writeState } from './state.ts';

/** As long as a service may take to stop. */
const ORPHAN_GRACE_MS = 6000;
const START_ATTEMPTS = 3;
const LOOPBACK = '127.0.0.1';

/** The four components in this process, services as its children. No Docker, no root. */
export function embeddedDriver(options: DriverOptions): SandboxDriver {
  return {
    name: 'embedded',
    dataPlace: join(options.stateFolder, 'data'),
    placement: (ports) =>
      Promise.resolve({
        topology: loopbackTopology({ ...options, ports }),
        publishedHost: LOOPBACK,
      }),
    start: (plan) => EmbeddedSandbox.start(plan, options),
    attach: () => attachByControl(options),
    remains: () => Promise.resolve([]),
    besidePlace: () => Promise.resolve({ listenHost: LOOPBACK, advertiseHost: LOOPBACK }),
    purge: (what) => purge(options, what),
    logs: () => savedLogs(join(options.stateFolder, 'logs')),
  };
}

class EmbeddedSandbox implements StartedSandbox {
  readonly stopped: Promise<void>;
  failures: readonly UnitFailure[] = [];
  readonly #options: DriverOptions;
  readonly #lock: Disposable;
  readonly #state: Omit<SandboxState, 'units'>;
  readonly #settle: () => void;
  #units: EmbeddedUnits;
  #control: AsyncDisposable | undefined;
  #stopping: Promise<void> | undefined;

  private constructor(options: DriverOptions, lock: Disposable) {
    const { promise, resolve } = Promise.withResolvers<void>();
    const host = markOf(process.pid);
    if (host === undefined) throw new Error('this process cannot find itself');
    this.stopped = promise;
    this.#settle = resolve;
    this.#options = options;
    this.#lock = lock;
    const token = options.random.bytes(32).toString('base64url');
    this.#state = { schemaVersion: 1, driver: 'embedded', host, control: { url: '', token } };
    this.#units = this.#noUnits();
  }

  static async start(
    plan: () => Promise<SandboxPlan>,
    options: DriverOptions,
  ): Promise<EmbeddedSandbox> {
    const { stateFolder } = options;
    mkdirSync(join(stateFolder, 'logs'), { recursive: true, mode: 0o700 });
    const sandbox = new EmbeddedSandbox(options, lockSandbox(stateFolder));
    try {
      await endOrphans(stateFolder);
      recordHolder(stateFolder, 'embedded');
      await sandbox.#serveControl();
      sandbox.failures = await sandbox.#startUnits(plan);
      return sandbox;
    } catch (error) {
      await sandbox.stop();
      throw error;
    }
  }

  startMissing(plan: SandboxPlan): Promise<UnitFailure[]> {
    return this.#units.start(plan);
  }

  restart(name: string): Promise<void> {
    return this.#units.restart(name);
  }

  status(): Promise<UnitStatus[]> {
    return this.#units.status();
  }

  /** Its identity reads the very folder the keys are made in. */
  publishKeys(): Promise<void> {
    return Promise.resolve();
  }

  /** Its components live in this process: there is nothing to let go of. */
  leave(): void {}

  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #serveControl(): Promise<void> {
    const { control } = this.#state;
    const { clock } = this.#options;
    // A server is loaded by who starts a sandbox, not by who asks for its status.
    const { serveControl } = await import('./control-server.ts');
    const server = await serveControl(this, { token: control.token, clock });
    this.#control = server;
    control.url = server.url;
    this.#writeState();
  }

  /** Between the claim of a port and its use another program can take it: then all is tried anew. */
  async #startUnits(plan: () => Promise<SandboxPlan>): Promise<UnitFailure[]> {
    for (let attempt = 1; ; attempt++) {
      const claimed = await plan();
      try {
        return await this.#units.start(claimed, this.#options.signal);
      } catch (error) {
        const portTaken = error instanceof FintechError && error.code === 'SANDBOX_PORT_HELD';
        if (!portTaken || attempt === START_ATTEMPTS || this.#stopping !== undefined) throw error;
        await this.#units.stop();
        this.#units = this.#noUnits();
      }
    }
  }

  #noUnits(): EmbeddedUnits {
    return new EmbeddedUnits({
      ...this.#options,
      logPath: (unit) => join(this.#options.stateFolder, 'logs', `${unit}.log`),
      onChange: () => this.#writeState(),
    });
  }

  #writeState(): void {
    if (this.#stopping !== undefined) return;
    writeState(this.#options.stateFolder, { ...this.#state, units: this.#units.records() });
  }

  /** Whatever fails to stop, the lock is freed and waiters are told. */
  async #stopAll(): Promise<void> {
    try {
      await this.#units.stop();
      await this.#control?.[Symbol.asyncDispose]();
      removeState(this.#options.stateFolder);
    } finally {
      this.#lock[Symbol.dispose]();
      this.#settle();
    }
  }
}

async function purge({ stateFolder }: DriverOptions, what: { data: boolean }): Promise<void> {
  mkdirSync(stateFolder, { recursive: true, mode: 0o700 });
  using _lock = lockSandbox(stateFolder);
  await endOrphans(stateFolder);
  removeState(stateFolder);
  if (!what.data) return;
  await rm(join(stateFolder, 'data'), { recursive: true, force: true });
  forgetHolder(stateFolder, 'embedded');
}

/** Ends the services of a sandbox that was killed, if they are still the same processes. */
async function endOrphans(stateFolder: string): Promise<void> {
  const orphans = readState(stateFolder)?.units.flatMap(({ processes }) => processes) ?? [];
  await endProcesses(orphans, ORPHAN_GRACE_MS);
}
