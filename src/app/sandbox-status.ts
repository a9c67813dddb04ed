import { FintechError } from '../kernel/errors.ts';
import type { Outcome } from '../kernel/reporter.ts';
import type { DriverName, UnitFailure, UnitStatus } from '../runtime/sandbox/driver.ts';

/** `data` of `up` and `status`. */
export interface SandboxStatus {
  driver: DriverName;
  /** `planned` by `--dry-run`: nothing was started. */
  state: 'ready' | 'degraded' | 'stopped' | 'planned';
  units: (Omit<UnitStatus, 'state'> & {
    state: UnitStatus['state'] | 'planned';
    /** Of a plan: what is started before it. */
    needs?: readonly string[];
  })[];
}

/** A service that did not get ready, as the error it is. */
export function failureOf({ code, why, hint }: UnitFailure): FintechError {
  return new FintechError(code, why, hint === null ? {} : { hint });
}

/** A status with its exit code: 5 unless every unit is ready. */
export function statusOutcome(
  driver: DriverName,
  units: UnitStatus[],
  failure?: UnitFailure,
): Outcome<SandboxStatus> {
  const unready = units.filter(({ state }) => state !== 'ready');
  const data: SandboxStatus = {
    driver,
    state: unready.length === 0 ? 'ready' : 'degraded',
    units,
  };
  if (failure !== undefined) return { data, failure: failureOf(failure) };
  if (unready.length === 0) return { data };
  const names = unready.map(({ name, state, why = state }) => `${name} (${why})`).join(', ');
  return {
    data,
    failure: new FintechError('SANDBOX_NOT_READY', `not ready: ${names}`, {
      hint: unready.some(({ state }) => state === 'stopped')
        ? 'Run `fintech up` to start what stopped, `fintech logs` to see why.'
        : 'Run `fintech logs` to see why.',
    }),
  };
}
