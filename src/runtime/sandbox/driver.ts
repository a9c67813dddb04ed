import type { ErrorCode } from '../../kernel/errors.ts';
import type { SandboxPlan, UnitKind } from './plan.ts';

/**
 * What a unit is doing. `restarting`: its command ended and is tried again; `crashed`: it ended too
 * often and waits for a change of its files; `unready`: it runs and its probe fails.
 */
export type UnitState = 'starting' | 'ready' | 'unready' | 'restarting' | 'crashed' | 'stopped';

export interface UnitStatus {
  name: string;
  kind: UnitKind;
  state: UnitState;
  url: string;
  pid?: number;
  container?: string;
}

/** A service that did not get ready. */
export interface UnitFailure {
  name: string;
  code: ErrorCode;
  /** A sentence, then the last lines it logged. */
  why: string;
  hint: string | null;
}

/**
 * A sandbox that runs, here or in another process. Disposing it stops everything it started, in
 * reverse order, and keeps the data.
 */
export interface RunningSandbox {
  /** By probe, at the moment of asking. */
  status(): Promise<UnitStatus[]>;
  /** Starts the units of a plan that do not run yet. @returns services that failed to get ready */
  startMissing(plan: SandboxPlan): Promise<UnitFailure[]>;
  /** Starts one service anew. @throws FintechError SANDBOX_UNIT_UNKNOWN */
  restart(name: string): Promise<void>;
  stop(): Promise<void>;
}

/** Where a sandbox runs. Each driver passes the suite in `driver.conformance.ts`. */
export interface SandboxDriver {
  readonly name: 'embedded';
  /**
   * Takes the workspace's lock, asks for the plan, starts it and waits until it is ready. The plan
   * is asked for again when another program took one of its ports meanwhile.
   * @throws FintechError SANDBOX_BUSY, SANDBOX_PORT_HELD, SANDBOX_UNIT_FAILED or SANDBOX_TIMEOUT,
   *   everything stopped
   */
  start(plan: () => Promise<SandboxPlan>): Promise<StartedSandbox>;
  /** The sandbox that runs already, or undefined. */
  attach(): Promise<RunningSandbox | undefined>;
  /**
   * Ends what a killed sandbox left, and with `data` deletes events and read models.
   * @throws FintechError SANDBOX_BUSY while the sandbox starts, runs or stops
   */
  purge(what: { data: boolean }): Promise<void>;
}

export interface StartedSandbox extends RunningSandbox {
  /** Services that did not get ready; the rest stays up. */
  readonly failures: readonly UnitFailure[];
  /** Resolves once the sandbox was stopped from elsewhere. */
  readonly stopped: Promise<void>;
}
