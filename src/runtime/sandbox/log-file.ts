import { appendFileSync, renameSync, statSync, truncateSync } from 'node:fs';
import { messageOf } from '../../kernel/errors.ts';
import { type Clock, formatInstant } from '../../kernel/time.ts';

/** A log file that grew past this becomes `<file>.1`, and the one before is dropped. */
export const MAX_LOG_BYTES = 10_485_760;

/** A longer line is left out, and `LINE_LEFT_OUT` stands in its place. */
export const MAX_LINE_BYTES = 65_536;
export const LINE_LEFT_OUT: string = `[fintech: a line of more than ${MAX_LINE_BYTES / 1024} KiB was left out]`;

const FLUSH_MS = 50;
const MAX_PENDING = 262_144;
const LINES_KEPT = 20;

/**
 * The log of one unit: lines with the time they came, written in batches. It never throws: what
 * the disk does not take is dropped, and the log says how much once the disk takes lines again.
 */
export class LogFile {
  readonly #path: string;
  readonly #clock: Clock;
  #pending: string[] = [];
  #pendingLength = 0;
  #dropped = 0;
  #fault = '';
  #flush: Disposable | undefined;
  #lastLines: string[] = [];

  constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#clock = clock;
  }

  /** What a failure report shows. */
  get lastLines(): readonly string[] {
    return this.#lastLines;
  }

  write(line: string): void {
    const kept = Buffer.byteLength(line) > MAX_LINE_BYTES ? LINE_LEFT_OUT : line;
    this.#lastLines = [...this.#lastLines.slice(1 - LINES_KEPT), kept];
    this.#pending.push(this.#stamped(kept));
    this.#pendingLength += kept.length;
    // Writing blocks, and so a flood is read no faster than the disk takes it.
    if (this.#pendingLength > MAX_PENDING) this.flush();
    else this.#flush ??= this.#clock.after(FLUSH_MS, () => this.flush());
  }

  flush(): void {
    this.#flush?.[Symbol.dispose]();
    this.#flush = undefined;
    const lines = this.#pending;
    if (lines.length === 0) return;
    this.#pending = [];
    this.#pendingLength = 0;
    try {
      appendToLog(this.#path, [...this.#lossReport(), ...lines].join(''));
      this.#dropped = 0;
    } catch (error) {
      if (this.#dropped === 0) this.#fault = messageOf(error);
      this.#dropped += lines.length;
    }
  }

  #lossReport(): string[] {
    if (this.#dropped === 0) return [];
    const text = `[fintech: lines dropped: ${this.#dropped}; the log could not be written: ${this.#fault}]`;
    return [this.#stamped(text)];
  }

  #stamped(line: string): string {
    return `${formatInstant(this.#clock.now())} ${line}\n`;
  }
}

/** Appends all or nothing, to a new file when the old one is full. */
export function appendToLog(path: string, text: string): void {
  const bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  const isFull = bytes > MAX_LOG_BYTES;
  if (isFull) renameSync(path, `${path}.1`);
  try {
    appendFileSync(path, text, { mode: 0o600 });
  } catch (error) {
    cutBack(path, isFull ? 0 : bytes);
    throw error;
  }
}

/** A disk that became full may have taken half a line. */
function cutBack(path: string, bytes: number): void {
  try {
    truncateSync(path, bytes);
  } catch {
    // Then nothing was written there, or nothing can be.
  }
}
