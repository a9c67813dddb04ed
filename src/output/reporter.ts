import type { FintechError } from '../kernel/errors.ts';
import type { Outcome, Reporter } from '../kernel/reporter.ts';
import type { Style } from '../model/style.ts';
import type { LiveList } from './live-list.ts';

/** How a finished verb is shown. */
export interface Presentation<Data> {
  /** The verb's words, such as `token mint`. */
  command: string;
  outcome: Outcome<Data>;
  present: (data: Data, style: Style) => string | undefined;
  /** The verb wrote its own stream; no envelope follows. */
  streamed: boolean;
  /** Its text says why the answer is bad; no error lines follow. */
  explained: boolean;
}

/** A reporter that main owns: it ends with a result or a failure, once. */
export interface ProgramReporter extends Reporter {
  result<Data>(presentation: Presentation<Data>): Promise<void>;
  failure(command: string, error: FintechError): Promise<void>;
}

/** Where bytes go. */
export interface Sink {
  /** Why it takes nothing any more: EPIPE when the reader went away (`| head`). */
  readonly broken: Error | undefined;
  /** Resolves when the stream takes more, and never rejects. */
  write(chunk: string | Uint8Array): Promise<void>;
  /** One line that nobody waits for; dropped, and counted, while the reader stalls. */
  tell: (line: string) => void;
}

export interface ReporterOptions {
  stdout: Sink;
  stderr: Sink;
  quiet: boolean;
  verbose: boolean;
  styles: { stdout: Style; stderr: Style };
  /** A list of steps redrawn in place, on a terminal; else a line per change. */
  live: LiveList | undefined;
}

/** Streamed data has no reader any more: ends the verb without calling it a failure. */
export class ReaderGoneError extends Error {
  override name = 'ReaderGoneError';
}
