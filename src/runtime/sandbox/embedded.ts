import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { FintechError } from '../../kernel/errors.ts';
import type { Random } from '../../kernel/random.ts';
import type { Reporter } from '../../kernel/reporter.ts';
import { type Clock, formatDuration } from '../../kernel/time.ts';
import { announceExternal } from './announce.ts';
import { attachByControl } from './control-client.ts';
import { serveControl } from './control-server.ts';
import type { SandboxDriver, StartedSandbox, UnitFailure, UnitStatus } from './driver.ts';
import { startComponent } from './embedded-component.ts';
import { startService } from './embedded-service.ts';
import type { EmbeddedUnit } from './embedded-unit.ts';
import { lockSandbox } from './lock.ts';
import type { SandboxPlan, Unit } from './plan.ts';
import { endProcesses, markOf } from './processes.ts';
import { isDiscoverable, probe, until } from './readiness.ts';
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
  readonly #units = new Map<string, EmbeddedUnit>();
  readonly #deps: EmbeddedDeps;
  readonly #lock: Disposable;
  readonly #state: Omit<SandboxState, 'units'>;
  readonly #settle: () => void;
  readonly #ending = new AbortController();
  /** Ends waits: while it starts the caller's, from then on its own. */
  #signal: AbortSignal;
  #control: AsyncDisposable | undefined;
  #stopping: Promise<void> | undefined;

  private constructor(
    options: EmbeddedOptions,
    lock: Disposable,
    state: Omit<SandboxState, 'units'>,
  ) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.stopped = promise;
    this.#settle = resolve;
    this.#lock = lock;
    this.#signal = options.signal;
    this.#state = state;
    const logs = join(options.stateFolder, 'logs');
    this.#deps = {
      ...options,
      logPath: (unit) => join(logs, `${unit}.log`),
      onChange: () => this.#writeState(),
    };
  }

  static async start(plan: SandboxPlan, options: EmbeddedOptions): Promise<EmbeddedSandbox> {
    mkdirSync(join(options.stateFolder, 'logs'), { recursive: true, mode: 0o700 });
    const lock = lockSandbox(options.stateFolder);
    const orphans =
      readState(options.stateFolder)?.units.flatMap(({ processes }) => processes) ?? [];
    await endProcesses(orphans, ORPHAN_GRACE_MS);

    const host = markOf(process.pid);
    if (host === undefined) throw new Error('this process cannot find itself');
    const token = options.random.bytes(32).toString('base64url');
    const sandbox = new EmbeddedSandbox(options, lock, {
      schemaVersion: 1,
      driver: 'embedded',
      host,
      control: { url: '', token },
    });
    try {
      const control = await serveControl(sandbox, { token, clock: options.clock });
      sandbox.#control = control;
      sandbox.#state.control.url = control.url;
      sandbox.failures = await sandbox.startMissing(plan);
      sandbox.#signal = sandbox.#ending.signal;
      return sandbox;
    } catch (error) {
      await sandbox.stop();
      throw error;
    }
  }

  async startMissing(plan: SandboxPlan): Promise<UnitFailure[]> {
    const missing = plan.units.filter(({ name }) => !this.#runs(name));
    for (const unit of missing.filter(({ kind }) => kind === 'component'))
      await this.#startUnit(unit);
    const registryUrl = this.#units.get('registry')?.unit.url ?? '';
    for (const [name, url] of Object.entries(plan.external)) {
      await announceExternal(registryUrl, { name, url });
    }
    const services = missing.filter(({ kind }) => kind === 'service');
    const failures = await Promise.all(services.map((unit) => this.#startOrExplain(unit)));
    return failures.filter((failure) => failure !== undefined);
  }

  async restart(name: string): Promise<void> {
    const running = this.#units.get(name);
    if (running === undefined) {
      throw new FintechError('SANDBOX_UNIT_UNKNOWN', `no unit "${name}" runs in this sandbox`, {
        hint: 'Run `fintech status` to see the units.',
      });
    }
    await running.stop();
    this.#units.delete(name);
    await this.#startUnit(running.unit);
  }

  status(): Promise<UnitStatus[]> {
    return Promise.all([...this.#units.values()].map((unit) => this.#statusOf(unit)));
  }

  stop(): Promise<void> {
    this.#ending.abort(new FintechError('INTERRUPTED', 'the sandbox was stopped'));
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  #runs(name: string): boolean {
    const state = this.#units.get(name)?.state;
    return state !== undefined && state !== 'crashed' && state !== 'stopped';
  }

  async #startOrExplain(unit: Unit): Promise<UnitFailure | undefined> {
    try {
      await this.#startUnit(unit);
      return undefined;
    } catch (error) {
      if (this.#signal.aborted || !(error instanceof FintechError)) throw error;
      return { name: unit.name, code: error.code, why: error.message, hint: error.hint ?? null };
    }
  }

  async #startUnit(unit: Unit): Promise<void> {
    const { reporter, clock, timeoutMs } = this.#deps;
    const signal = this.#signal;
    const step = reporter.step(unit.name);
    const startedMs = clock.monotonicMs();
    try {
      signal.throwIfAborted();
      await this.#units.get(unit.name)?.stop();
      const started = await this.#launch(unit);
      this.#units.set(unit.name, started);
      this.#writeState();
      const timeout = AbortSignal.timeout(timeoutMs);
      await until(() => this.#isReady(started), {
        clock,
        signal: AbortSignal.any([signal, timeout]),
      }).catch((error: unknown) => {
        throw timeout.aborted ? timedOut(unit, timeoutMs, started.lastLines) : error;
      });
      started.markReady();
      step.succeed(`${unit.url} in ${formatDuration(clock.monotonicMs() - startedMs)}`);
    } catch (error) {
      step.fail();
      throw error;
    }
  }

  async #launch(unit: Unit): Promise<EmbeddedUnit> {
    const { process: command } = unit;
    return command === undefined
      ? startComponent(unit, this.#deps)
      : startService({ ...unit, process: command }, this.#deps);
  }

  /** @throws FintechError SANDBOX_UNIT_FAILED when it crashed meanwhile */
  async #isReady(started: EmbeddedUnit): Promise<boolean> {
    const { unit, state, lastLines, why } = started;
    if (state === 'crashed') {
      throw new FintechError(
        'SANDBOX_UNIT_FAILED',
        [`${unit.name} crashed: ${why}`, ...lastLines].join('\n'),
        {
          hint: `Mend ${unit.name}, then run \`fintech up\`; \`fintech logs ${unit.name}\` has all it printed.`,
          details: { unit: unit.name, lastLines },
        },
      );
    }
    if (!(await probe(`${unit.url}${unit.readyPath}`))) return false;
    const registry = this.#units.get('registry')?.unit.url;
    return registry === undefined || isDiscoverable(registry, unit.name);
  }

  async #statusOf({ unit, state, processes }: EmbeddedUnit): Promise<UnitStatus> {
    const answers = await probe(`${unit.url}${unit.readyPath}`);
    const pid = unit.kind === 'component' ? process.pid : processes[0]?.pid;
    const silent = state === 'ready' ? 'unready' : state;
    const held = state === 'crashed' || state === 'restarting' || state === 'stopped';
    return {
      name: unit.name,
      kind: unit.kind,
      state: answers && !held ? 'ready' : silent,
      url: unit.url,
      ...(pid === undefined ? {} : { pid }),
    };
  }

  #writeState(): void {
    if (this.#stopping !== undefined) return;
    const units = [...this.#units.values()].map(({ unit, processes }) => ({
      name: unit.name,
      kind: unit.kind,
      url: unit.url,
      readyPath: unit.readyPath,
      processes: [...processes],
    }));
    writeState(this.#deps.stateFolder, { ...this.#state, units });
  }

  async #stopAll(): Promise<void> {
    const units = [...this.#units.values()];
    await Promise.all(
      units.filter(({ unit }) => unit.kind === 'service').map((unit) => unit.stop()),
    );
    for (const component of units.filter(({ unit }) => unit.kind === 'component').reverse()) {
      await component.stop();
    }
    await this.#control?.[Symbol.asyncDispose]();
    removeState(this.#deps.stateFolder);
    this.#lock[Symbol.dispose]();
    this.#settle();
  }
}

function timedOut(unit: Unit, timeoutMs: number, lastLines: readonly string[]): FintechError {
  const message = `${unit.name} was not ready after ${formatDuration(timeoutMs)}`;
  return new FintechError('SANDBOX_TIMEOUT', [message, ...lastLines].join('\n'), {
    hint: `See \`fintech logs ${unit.name}\`, or give it longer with --timeout.`,
    details: { unit: unit.name, url: `${unit.url}${unit.readyPath}`, lastLines },
  });
}
