import type { Prompts } from '../kernel/prompts.ts';
import type { Random } from '../kernel/random.ts';
import type { Reporter } from '../kernel/reporter.ts';
import type { Clock } from '../kernel/time.ts';

export type { Prompts } from '../kernel/prompts.ts';

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
  /** Aborted by a second one: what is being stopped in good order is to end at once. */
  forced: AbortSignal;
  /** How to start this very program again: its Node and its entry file. */
  self: { node: string; entry: string };
  /** Version of fintech. */
  version: string;
}
