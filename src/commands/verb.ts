import type { Command } from 'commander';
import type { Context } from '../app/context.ts';
import type { Outcome } from '../kernel/reporter.ts';
import type { Style } from '../model/style.ts';

export type { Style } from '../model/style.ts';

/**
 * One verb of the command line: flags → input → use case → outcome → text.
 * A verb holds no logic; `run` calls one use case of `src/app/`, imported when it runs.
 */
export interface Verb<Input, Data> {
  /** Shown first in its help. */
  examples: readonly string[];
  /** Adds arguments and options to the command. */
  configure(command: Command): void;
  /** Reads the parsed command line. @throws FintechError USAGE_… for a bad value */
  input(command: Command): Input;
  run(context: Context, input: Input): Promise<Outcome<Data>>;
  /** The outcome as text for stdout, or undefined when it was streamed already. */
  present(data: Data, style: Style): string | undefined;
  /** `present` says itself why an answer is bad: no error lines follow it. */
  explainsFailure?: true;
  /** Signals are left to the child it runs in the foreground, whose exit code is its own. */
  leavesSignals?: true;
  /** JSON Schema of `data` in `--json`, published under `schema/`; null where the verb streams. */
  dataSchema: object | null;
}
