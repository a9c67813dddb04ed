import type { Random } from '../../kernel/random.ts';
import type { Reporter } from '../../kernel/reporter.ts';
import type { Clock } from '../../kernel/time.ts';

/** What an embedded sandbox is made with. */
export interface EmbeddedOptions {
  stateFolder: string;
  clock: Clock;
  random: Random;
  reporter: Reporter;
  /** Aborts a start; what was started is stopped. */
  signal: AbortSignal;
  /** How long one unit may take to get ready. */
  timeoutMs: number;
  /** How to start fintech again, for service runners. */
  self: { node: string; entry: string };
  /** What services inherit beyond what the plan gives them. */
  inherited: Readonly<Record<string, string | undefined>>;
  /** A line a service printed. */
  onLine: (unit: string, line: string) => void;
}

/** What a started unit may use of its sandbox. */
export interface EmbeddedDeps extends EmbeddedOptions {
  logPath: (unit: string) => string;
  /** A unit's processes changed: the state file is written again. */
  onChange: () => void;
}
