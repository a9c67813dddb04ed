import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../../kernel/random.ts';
import type { Reporter } from '../../kernel/reporter.ts';
import type { Clock } from '../../kernel/time.ts';
import { attachByControl } from './control-client.ts';
import { serveControl } from './control-server.ts';
import type { SandboxDriver, StartedSandbox, UnitFailure, UnitStatus } from './driver.ts';
import { EmbeddedUnits } from './embedded-units.ts';
import { lockSandbox } from './lock.ts';
import type { SandboxPlan } from './plan.ts';
import { endProcesses, markOf } from './processes.ts';
import { readState, removeState, type SandboxState, writeState } from './state.ts';

const ORPHAN_GRACE_MS = 3000;

export interface EmbeddedOptions {
  stateFolder: string;
  clock: Clock;
  random: Random;
  reporter: Reporter;
  /** Aborts a start; what was started is stopped. */
  signal: AbortSignal;
  /** How long one unit may take to get ready. */
  timeoutMs: number;
  /** How to start fintech again, for service runners. */
  self: { node: string; entry: string };
  /** What services inherit beyond what the plan gives them. */
  inherited: Readonly<Record<string, string | undefined>>;
  /** A line a service printed. */
  onLine: (unit: string, line: string) => void;
}

/** What a started unit may use of its sandbox. */
export interface EmbeddedDeps extends EmbeddedOptions {
  logPath: (unit: string) => string;
  /** A unit's processes changed: the state file is written again. */
  onChange: () => void;
}

/** The four components in this process, services as its children. No Docker, no root. */
export function embeddedDriver(options: EmbeddedOptions): SandboxDriver {
  return {
    name: 'embedded',
    start: (plan) => EmbeddedSandbox.start(plan, options),
    attach: () => attachByControl(options),
  };
}

class EmbeddedSandbox implements StartedSandbox {
  readonly stopped: Promise<void>;
  failures: readonly UnitFailure[] = [];
  readonly #stateFolder: string;
  readonly #units: EmbeddedUnits;
  readonly #lock: Disposable;
  readonly #state: Omit<SandboxState, 'units'>;
  readonly #settle: () => void;
  #control: AsyncDisposable | undefined;
  #stopping: Promise<void> | undefined;

  private constructor(options: EmbeddedOptions, lock: Disposable) {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { stateFolder, random } = options;
    const host = markOf(process.pid);
    if (host === undefined) throw new Error('this process cannot find itself');
    this.stopped = promise;
    this.#settle = resolve;
    this.#lock = lock;
    this.#stateFolder = stateFolder;
    const token = random.bytes(32).toString('base64url');
    this.#state = { schemaVersion: 1, driver: 'embedded', host, control: { url: '', token } };
    this.#units = new EmbeddedUnits({
      ...options,
      logPath: (unit) => join(stateFolder, 'logs', `${unit}.log`),
      onChange: () => this.#writeState(),
    });
  }

  static async start(plan: SandboxPlan, options: EmbeddedOptions): Promise<EmbeddedSandbox> {
    const { stateFolder, clock, signal } = options;
    mkdirSync(join(stateFolder, 'logs'), { recursive: true, mode: 0o700 });
    const sandbox = new EmbeddedSandbox(options, lockSandbox(stateFolder));
    try {
      const orphans = readState(stateFolder)?.units.flatMap(({ processes }) => processes) ?? [];
      await endProcesses(orphans, ORPHAN_GRACE_MS);
      const { control } = sandbox.#state;
      const server = await serveControl(sandbox, { token: control.token, clock });
      sandbox.#control = server;
      control.url = server.url;
      sandbox.#writeState();
      sandbox.failures = await sandbox.#units.start(plan, signal);
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

  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  #writeState(): void {
    if (this.#stopping !== undefined) return;
    writeState(this.#stateFolder, { ...this.#state, units: this.#units.records() });
  }

  async #stopAll(): Promise<void> {
    await this.#units.stop();
    await this.#control?.[Symbol.asyncDispose]();
    removeState(this.#stateFolder);
    this.#lock[Symbol.dispose]();
    this.#settle();
  }
}
