import type { UnitState } from '../driver.ts';
import type { Unit } from '../plan.ts';
import type { ProcessMark } from '../processes.ts';

/** One started unit of the embedded driver. */
export interface EmbeddedUnit {
  readonly unit: Unit;
  readonly state: UnitState;
  /** Processes that must not outlive the sandbox. */
  readonly processes: readonly ProcessMark[];
  /** Last lines it logged, for a failure report. */
  readonly lastLines: readonly string[];
  /** Why it is not running, in the unit's own words. */
  readonly why: string | undefined;
  markReady(): void;
  stop(): Promise<void>;
}
