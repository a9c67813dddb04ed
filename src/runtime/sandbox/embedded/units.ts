import { FintechError, messageOf } from '../../../kernel/errors.ts';
import { formatDuration } from '../../../kernel/time.ts';
import type { UnitFailure, UnitStatus } from '../driver.ts';
import type { EmbeddedDeps } from './deps.ts';
import { startComponent } from './component.ts';
import { startService } from './service.ts';
import type { EmbeddedUnit } from './unit.ts';
import type { SandboxPlan, Unit } from '../plan.ts';
import { isDiscoverable, probe, until } from '../readiness.ts';
import { crashFailure, timeoutFailure } from '../unit-failure.ts';
import type { UnitRecord } from './state.ts';

/** The started units of one embedded sandbox. Once stopped it starts nothing more. */
export class EmbeddedUnits {
  readonly #deps: EmbeddedDeps;
  /** Every unit of the plans so far, in order: those not started yet are shown as starting. */
  readonly #planned = new Map<string, Unit>();
  readonly #started = new Map<string, EmbeddedUnit>();
  /** Starts and restarts happen one after the other. */
  #queue: Promise<unknown> = Promise.resolve();
  readonly #ending = new AbortController();

  constructor(deps: EmbeddedDeps) {
    this.#deps = deps;
  }

  /**
   * Starts what a plan has and does not run yet, components first.
   * @param signal gives up on what is not ready yet
   * @returns services that did not get ready; they are shown as what they are and stay
   * @throws FintechError when a component did not get ready, or the sandbox was stopped meanwhile
   */
  start(plan: SandboxPlan, signal?: AbortSignal): Promise<UnitFailure[]> {
    const { signal: ending } = this.#ending;
    const either = signal === undefined ? ending : AbortSignal.any([signal, ending]);
    return this.#enqueue(() => this.#startPlan(plan, either));
  }

  /** @throws FintechError SANDBOX_UNIT_UNKNOWN, SANDBOX_UNIT_FAILED or SANDBOX_TIMEOUT */
  restart(name: string): Promise<void> {
    const unit = this.#planned.get(name);
    if (unit !== undefined) {
      return this.#enqueue(() => this.#startUnit(unit, this.#ending.signal));
    }
    throw new FintechError('SANDBOX_UNIT_UNKNOWN', `no unit "${name}" runs in this sandbox`, {
      hint: 'Run `fintech status` to see the units.',
    });
  }

  /** By probe, now. */
  status(): Promise<UnitStatus[]> {
    return Promise.all([...this.#planned.values()].map((unit) => this.#statusOf(unit)));
  }

  /** What must not outlive the sandbox, for the state file. */
  records(): UnitRecord[] {
    return [...this.#started.values()].map(({ unit, processes }) => ({
      name: unit.name,
      kind: unit.kind,
      url: unit.url,
      readyPath: unit.readyPath,
      processes: [...processes],
    }));
  }

  /** Ends starts in progress, then stops all: services at once, components in reverse order. */
  async stop(): Promise<void> {
    this.#ending.abort(
      new FintechError('SANDBOX_NOT_RUNNING', 'the sandbox was stopped meanwhile', {
        hint: 'Run `fintech up`.',
      }),
    );
    await this.#queue;
    const { reporter } = this.#deps;
    const all = [...this.#started.values()];
    const services = all.filter(({ unit }) => unit.kind === 'service');
    await Promise.allSettled(services.map((service) => service.stop()));
    const components = all.filter(({ unit }) => unit.kind === 'component');
    for (const component of components.reverse()) {
      await component.stop().catch((error: unknown) => {
        reporter.warn(`${component.unit.name} did not stop cleanly: ${messageOf(error)}`);
      });
    }
  }

  #enqueue<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(work);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async #startPlan(plan: SandboxPlan, signal: AbortSignal): Promise<UnitFailure[]> {
    const missing = plan.units.filter((unit) => !this.#runs(unit));
    for (const unit of missing) this.#planned.set(unit.name, unit);
    for (const unit of missing.filter(({ kind }) => kind === 'component')) {
      await this.#startUnit(unit, signal);
    }
    const services = missing.filter(({ kind }) => kind === 'service');
    const failures = await Promise.all(services.map((unit) => this.#startService(unit, signal)));
    return failures.filter((failure) => failure !== undefined);
  }

  /** Whether it runs as it is planned now. */
  #runs(planned: Unit): boolean {
    const { state, unit } = this.#started.get(planned.name) ?? {};
    if (state === undefined || state === 'crashed' || state === 'stopped') return false;
    return JSON.stringify(unit) === JSON.stringify(planned);
  }

  async #startService(unit: Unit, signal: AbortSignal): Promise<UnitFailure | undefined> {
    try {
      await this.#startUnit(unit, signal);
      return undefined;
    } catch (error) {
      if (signal.aborted || !(error instanceof FintechError)) throw error;
      const { code, message, hint = null } = error;
      return { name: unit.name, code, why: message, hint };
    }
  }

  async #startUnit(unit: Unit, signal: AbortSignal): Promise<void> {
    const { reporter, clock } = this.#deps;
    const step = reporter.step(unit.name);
    const startedMs = clock.monotonicMs();
    try {
      signal.throwIfAborted();
      await this.#started.get(unit.name)?.stop();
      const started = await this.#launch(unit);
      this.#started.set(unit.name, started);
      this.#deps.onChange();
      await this.#waitUntilReady(started, signal);
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

  async #waitUntilReady(started: EmbeddedUnit, signal: AbortSignal): Promise<void> {
    const { clock, timeoutMs } = this.#deps;
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const either = AbortSignal.any([signal, timeout]);
      await until(() => this.#isReady(started), { clock, signal: either });
    } catch (error) {
      if (signal.aborted || !timeout.aborted) throw error;
      const { unit, lastLines } = started;
      const url = `${unit.url}${unit.readyPath}`;
      throw await timeoutFailure({ name: unit.name, lastLines }, { url, timeoutMs });
    }
  }

  /** @throws FintechError SANDBOX_UNIT_FAILED when it crashed meanwhile */
  async #isReady(started: EmbeddedUnit): Promise<boolean> {
    const { unit, state, lastLines, why } = started;
    if (state === 'crashed') throw crashFailure({ name: unit.name, lastLines }, why);
    if (!(await probe(`${unit.url}${unit.readyPath}`))) return false;
    const registry = this.#planned.get('registry');
    return registry === undefined || isDiscoverable(registry.url, unit.name);
  }

  async #statusOf({ name, kind, url, readyPath }: Unit): Promise<UnitStatus> {
    const started = this.#started.get(name);
    const state = started?.state ?? (this.#ending.signal.aborted ? 'stopped' : 'starting');
    const pid = kind === 'component' ? process.pid : started?.processes[0]?.pid;
    const shown = { name, kind, url, ...(pid === undefined ? {} : { pid }) };
    if (state !== 'ready' && state !== 'starting') return { ...shown, state };
    if (await probe(`${url}${readyPath}`)) return { ...shown, state: 'ready' };
    return { ...shown, state: state === 'ready' ? 'unready' : 'starting' };
  }
}
