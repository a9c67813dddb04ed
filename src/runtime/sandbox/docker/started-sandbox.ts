import { messageOf } from '../../../kernel/errors.ts';
import type { DriverOptions, StartedSandbox, UnitFailure, UnitStatus } from '../driver.ts';
import type { SandboxPlan } from '../plan.ts';
import { EngineLog } from './engine-log.ts';
import type { ProjectEngine } from './project-engine.ts';
import { isLive, type UnitContainer } from './unit-container.ts';
import type { DockerSandbox } from './sandbox.ts';

const POLL_MS = 250;

/** A sandbox this process started, and watches until it is stopped or left. */
export class StartedDockerSandbox implements StartedSandbox {
  readonly failures: readonly UnitFailure[];
  readonly stopped: Promise<void>;
  readonly #sandbox: DockerSandbox;
  readonly #engine: ProjectEngine;
  readonly #options: DriverOptions;
  readonly #networkId: string | undefined;
  /** Resolves when the watch has ended, also by leaving. */
  readonly #watched: Promise<void>;
  readonly #leaving = new AbortController();
  readonly #logs = new Map<string, EngineLog>();

  constructor(parts: {
    sandbox: DockerSandbox;
    engine: ProjectEngine;
    options: DriverOptions;
    failures: readonly UnitFailure[];
    networkId: string | undefined;
  }) {
    this.failures = parts.failures;
    this.#sandbox = parts.sandbox;
    this.#engine = parts.engine;
    this.#options = parts.options;
    this.#networkId = parts.networkId;
    this.#watched = this.#watch();
    this.stopped = this.#watched;
  }

  status(): Promise<UnitStatus[]> {
    return this.#sandbox.status();
  }

  startMissing(plan: SandboxPlan): Promise<UnitFailure[]> {
    return this.#sandbox.startMissing(plan);
  }

  restart(name: string): Promise<void> {
    return this.#sandbox.restart(name);
  }

  publishKeys(): Promise<void> {
    return this.#sandbox.publishKeys();
  }

  leave(): void {
    this.#leaving.abort();
  }

  /** Where another shell has stopped it, and perhaps started it anew, nothing is left to do. */
  async stop(): Promise<void> {
    this.leave();
    await this.#watched;
    const lastWords = async (unit: UnitContainer) => {
      if (unit.kind === 'service') await this.#handOn(unit, { afterwards: false });
    };
    await this.#sandbox.stop({ networkId: this.#networkId, lastWords });
  }

  /** Hands on what services print until another shell has stopped the sandbox. */
  async #watch(): Promise<void> {
    const { clock, reporter } = this.#options;
    const { signal } = this.#leaving;
    let silent = false;
    while (!signal.aborted) {
      try {
        const containers = await this.#engine.containers();
        const isStopped = containers.length === 0;
        if (isStopped || (await this.#engine.networkId()) !== this.#networkId) return;
        for (const unit of containers.filter(({ kind }) => kind === 'service')) {
          await this.#handOn(unit, { afterwards: true });
        }
        if (silent) this.#tellReturn(containers);
        silent = false;
      } catch (error) {
        if (!silent) reporter.warn(messageOf(error));
        silent = true;
      }
      await clock.sleep(POLL_MS, signal).catch(() => undefined);
    }
  }

  #tellReturn(containers: readonly UnitContainer[]): void {
    const { reporter } = this.#options;
    if (containers.some(isLive)) reporter.note('Docker answers again');
    else reporter.warn('Docker answers again, and nothing runs any more: end this, and start anew');
  }

  /** @param afterwards whether an unfinished line waits for its rest */
  async #handOn(
    { container, name }: UnitContainer,
    { afterwards }: { afterwards: boolean },
  ): Promise<void> {
    const log = this.#logs.get(container.id) ?? new EngineLog(container, name);
    this.#logs.set(container.id, log);
    for await (const lines of log.batches({ afterwards })) {
      for (const { line } of lines) this.#options.onLine(name, line);
    }
  }
}
