import { appendFileSync, renameSync, statSync } from 'node:fs';
import { type Clock, formatInstant } from '../../kernel/time.ts';

/** A log file that grew past this becomes `<file>.1`, and the one before is dropped. */
export const MAX_LOG_BYTES = 10_485_760;

const FLUSH_MS = 50;
const LINES_KEPT = 20;

/** The log of one unit: lines with the time they came, written in batches. */
export class LogFile {
  readonly #path: string;
  readonly #clock: Clock;
  #pending = '';
  #bytes: number;
  #flush: Disposable | undefined;
  #lastLines: string[] = [];

  constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#clock = clock;
    this.#bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** What a failure report shows. */
  get lastLines(): readonly string[] {
    return this.#lastLines;
  }

  write(line: string): void {
    this.#lastLines = [...this.#lastLines.slice(1 - LINES_KEPT), line];
    this.#pending += `${formatInstant(this.#clock.now())} ${line}\n`;
    this.#flush ??= this.#clock.after(FLUSH_MS, () => this.flush());
  }

  flush(): void {
    this.#flush?.[Symbol.dispose]();
    this.#flush = undefined;
    if (this.#pending === '') return;
    if (this.#bytes > MAX_LOG_BYTES) {
      renameSync(this.#path, `${this.#path}.1`);
      this.#bytes = 0;
    }
    appendFileSync(this.#path, this.#pending, { mode: 0o600 });
    this.#bytes += Buffer.byteLength(this.#pending);
    this.#pending = '';
  }
}
