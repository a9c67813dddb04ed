import type { Log } from './log.ts';
import type { Random } from './random.ts';
import type { Clock } from './time.ts';

/** What every component is handed instead of reaching for globals. */
export interface ComponentDeps {
  clock: Clock;
  random: Random;
  log: Log;
}

/** Where a component listens. Port 0 lets the system choose. */
export interface ListenAddress {
  host: string;
  port: number;
}

/** A component that listens. Disposing it finishes what it accepted, then closes. */
export interface RunningComponent extends AsyncDisposable {
  /** Base URL without a trailing slash, with the port that was bound. */
  readonly url: string;
}

/** What every component is told of its door. */
export interface DoorOptions {
  listen: ListenAddress;
  /** Host names besides loopback that requests may come for, in lower case; none by default. */
  allowedHosts?: readonly string[];
  /** The port others reach it by, where that is not the one it listens on. */
  publishedPort?: number | undefined;
}

/** How a component starts; `serve.ts` of each component's folder exports one. */
export type ServeComponent<Options> = (
  options: Options & DoorOptions,
  deps: ComponentDeps,
) => Promise<RunningComponent>;
