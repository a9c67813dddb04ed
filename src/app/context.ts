import type { Random } from '../kernel/random.ts';
import type { Reporter } from '../kernel/reporter.ts';
import type { Clock } from '../kernel/time.ts';

/** Asks a person. Every call fails with USAGE_MISSING_VALUE where there is no terminal. */
export interface Prompts {
  /** @param flag the flag that answers the question without asking */
  text(question: { message: string; flag: string; initial?: string }): Promise<string>;
  choose(question: { message: string; flag: string; choices: string[] }): Promise<string[]>;
  /** True at once with `--yes`. */
  confirm(question: { message: string; flag: string }): Promise<boolean>;
}

/** All a use case may reach outside itself. Built in main, or in one line by a test. */
export interface Context {
  /** Absolute working folder, `-C` applied. */
  cwd: string;
  /** `--config`, absolute. */
  configFile: string | undefined;
  environment: Readonly<Record<string, string | undefined>>;
  homeFolder: string;
  clock: Clock;
  random: Random;
  reporter: Reporter;
  prompts: Prompts;
  stdin: AsyncIterable<Uint8Array>;
  /** Aborted by Ctrl-C or SIGTERM. */
  signal: AbortSignal;
  /** How to start this very program again: its Node and its entry file. */
  self: { node: string; entry: string };
}
