import type { Container } from 'dockerode';
import type { DriverOptions } from '../driver.ts';
import type { Unit } from '../plan.ts';
import { isDiscoverable, probe, until } from '../readiness.ts';
import { shownLine } from '../runner-message.ts';
import { crashFailure, timeoutFailure } from '../unit-failure.ts';
import { lastLines } from './engine-log.ts';
import type { ProjectEngine } from './project-engine.ts';
import { stoppedMeanwhile } from './stopped-meanwhile.ts';
import { observe } from './unit-state.ts';

const LINES_SHOWN = 20;
/** A probe is cheap, the engine's answer is not: it is asked at every so many probes. */
const PROBES_PER_LOOK = 5;

/** A unit that was started, as far as waiting for it goes. */
export type StartedUnit = Pick<Unit, 'name' | 'kind' | 'url' | 'readyPath'> & {
  container: Container;
};

/** Waits until started units are ready, as long as that is not in vain. */
export class UnitWaiter {
  readonly #engine: ProjectEngine;
  readonly #options: DriverOptions;

  constructor(engine: ProjectEngine, options: DriverOptions) {
    this.#engine = engine;
    this.#options = options;
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

  /** @throws FintechError once waiting for a unit is in vain */
  async #demandLife(unit: StartedUnit): Promise<void> {
    const observed = await observe(unit, {
      engine: this.#engine,
      nowMs: this.#options.clock.now(),
    });
    if (observed === undefined || observed.state === 'stopped') throw stoppedMeanwhile();
    const { state, why } = observed;
    if (state === 'crashed') throw crashFailure(await this.#failed(unit), why);
  }

  async #failed({ name, container }: StartedUnit): Promise<{ name: string; lastLines: string[] }> {
    const lines = (await lastLines(container, LINES_SHOWN)).map(shownLine);
    return { name, lastLines: lines.filter((line) => line !== undefined) };
  }
}
