import type { FintechError } from './errors.ts';

/** A piece of long work the user can watch. It ends once, by `succeed` or `fail`. */
export interface Step {
  /** Says what it is waiting for now. */
  update(detail: string): void;
  succeed(detail?: string): void;
  fail(detail?: string): void;
}

/** What a use case ends with. */
export interface Outcome<Data> {
  data: Data;
  /** Sets the exit code where the work was done but its answer is bad. */
  failure?: FintechError;
  /** `exec` only: the exit code of its child. */
  childExitCode?: number;
}

/**
 * The only code that writes to the program's streams: data to stdout, all else to stderr.
 * Use cases report through it and return their `Outcome`; they never print.
 */
export interface Reporter {
  step(title: string): Step;
  /** One line that is good to know; dropped by `--quiet`. */
  note(message: string): void;
  /** One line only for `--verbose`. */
  detail(message: string): void;
  /** Shown, and listed under `warnings` in `--json`. */
  warn(message: string): void;
  /** Streamed data (NDJSON lines, a token) straight to stdout; resolves when more may be written. */
  write(chunk: string | Uint8Array): Promise<void>;
}
