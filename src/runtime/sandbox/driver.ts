import type { ErrorCode } from '../../kernel/errors.ts';
import type { Random } from '../../kernel/random.ts';
import type { Reporter } from '../../kernel/reporter.ts';
import type { Clock } from '../../kernel/time.ts';
import type { SandboxPlan, UnitKind } from './plan.ts';
import type { Topology } from './topology.ts';
import type { UnitLog } from './unit-log.ts';

export type DriverName = 'embedded' | 'docker';

/** What a driver is made with. */
export interface DriverOptions {
  /** The workspace, by its name and its folders. */
  name: string;
  root: string;
  stateFolder: string;
  keysFolder: string;
  /** A base image for containers instead of this machine's own Node. */
  nodeImage: string | undefined;
  /** How to start fintech again: its Node and its entry file. */
  self: { node: string; entry: string };
  environment: Readonly<Record<string, string | undefined>>;
  homeFolder: string;
  clock: Clock;
  random: Random;
  reporter: Reporter;
  /** Aborts a start; what was started is stopped. */
  signal: AbortSignal;
  /** Aborted while it stops: then it is to end at once. */
  forced: AbortSignal;
  /** How long one unit may take to get ready. */
  timeoutMs: number;
  /** A line a service printed. */
  onLine: (unit: string, line: string) => void;
}

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
  /** On this machine; a container has one while it runs. */
  pid?: number;
  container?: string;
  /** Why it does not run, where that is known. */
  why?: string;
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
  /**
   * Starts the units of a plan that do not run yet, and anew those whose plan has changed.
   * @returns services that failed to get ready
   */
  startMissing(plan: SandboxPlan): Promise<UnitFailure[]>;
  /** Starts one service anew. @throws FintechError SANDBOX_UNIT_UNKNOWN */
  restart(name: string): Promise<void>;
  /** Has identity publish keys that were made since it started. */
  publishKeys(): Promise<void>;
  stop(): Promise<void>;
}

/** Where a sandbox runs. Each driver passes the suite in `driver.conformance.ts`. */
export interface SandboxDriver {
  readonly name: DriverName;
  /** Where data stays, for people. */
  readonly dataPlace: string;
  /** Where units run that are reached from this machine by these ports. */
  placement(ports: Readonly<Record<string, number>>): Promise<Placement>;
  /**
   * Takes the workspace's lock, asks for the plan, starts it and waits until it is ready. The plan
   * is asked for again when another program took one of its ports meanwhile.
   * @throws FintechError SANDBOX_BUSY, SANDBOX_PORT_HELD, SANDBOX_UNIT_FAILED or SANDBOX_TIMEOUT,
   *   everything stopped
   */
  start(plan: () => Promise<SandboxPlan>): Promise<StartedSandbox>;
  /** The sandbox that runs already, or undefined. */
  attach(): Promise<RunningSandbox | undefined>;
  /** What is left of a sandbox that ended without being stopped: units of which none runs. */
  remains(): Promise<UnitStatus[]>;
  /** Where a service stands that someone runs on this machine by hand, beside the sandbox. */
  besidePlace(): Promise<BesidePlace>;
  /**
   * Ends what a killed sandbox left, and with `data` deletes events and read models.
   * @throws FintechError SANDBOX_BUSY while the sandbox starts, runs or stops
   */
  purge(what: { data: boolean }): Promise<void>;
  /** What the units logged, running or not, each log by itself. The caller disposes of them. */
  logs(): Promise<UnitLog[]>;
}

export interface Placement {
  topology: Topology;
  /** The host that publishes the ports. */
  publishedHost: string;
}

export interface BesidePlace {
  /** The address it listens on. */
  listenHost: string;
  /** The host under which the units reach it. */
  advertiseHost: string;
}

export interface StartedSandbox extends RunningSandbox {
  /** Services that did not get ready; the rest stays up. */
  readonly failures: readonly UnitFailure[];
  /** Resolves once the sandbox was stopped from elsewhere. */
  readonly stopped: Promise<void>;
  /** Lets go of a sandbox that goes on without this process. */
  leave(): void;
}
