import { closeSync, fstatSync, mkdirSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { hasErrnoCode, messageOf } from '../../../kernel/errors.ts';
import { openLock } from '../../../kernel/sqlite.ts';
import type { Clock } from '../../../kernel/time.ts';
import type { DriverOptions } from '../driver.ts';
import { appendToLog } from '../log-file.ts';
import type { LogLine } from '../unit-log.ts';
import { EngineLog } from './engine-log.ts';
import type { UnitContainer } from './unit-container.ts';
import { SeenLines } from './seen-lines.ts';

/** Holds what is told apart by its text: lines of one second, but for a flood. */
const TAIL_BYTES = 1_048_576;
/** `2027-01-01T00:00:00.000Z` */
const TIME_LENGTH = 24;
const LOCK_POLL_MS = 20;
/** Another shell that saves the same log needs less. */
const LOCK_PATIENCE_MS = 5000;

/**
 * Keeps what a container logged, which goes with it, where `fintech logs` looks as well. What
 * another shell saved of it already is not saved again.
 */
export async function saveLog(
  { container, name }: Pick<UnitContainer, 'container' | 'name'>,
  { stateFolder, reporter, clock }: Pick<DriverOptions, 'stateFolder' | 'reporter' | 'clock'>,
): Promise<void> {
  const folder = join(stateFolder, 'logs');
  const path = join(folder, `${name}.log`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    using _lock = await lockOf(path, clock);
    const log = new EngineLog(container, name, savedLately(path, name));
    for await (const lines of log.batches({ afterwards: false })) {
      appendToLog(path, lines.map(({ time, line }) => `${time} ${line}\n`).join(''));
    }
  } catch (error) {
    reporter.warn(`the log of ${name} is not kept: ${messageOf(error)}`);
  }
}

async function lockOf(path: string, clock: Clock): Promise<Disposable> {
  const lastMs = clock.monotonicMs() + LOCK_PATIENCE_MS;
  for (;;) {
    const lock = openLock(`${path}.lock`);
    if (lock !== undefined) return lock;
    if (clock.monotonicMs() > lastMs) throw new Error('another process is saving it');
    await clock.sleep(LOCK_POLL_MS);
  }
}

function savedLately(path: string, unit: string): SeenLines {
  const seen = new SeenLines();
  const lines = tailOf(path)
    .split('\n')
    .slice(0, -1)
    .filter((line) => line[TIME_LENGTH - 1] === 'Z');
  const isNew = seen.reading();
  for (const line of lines) isNew(lineOf(line, unit));
  return seen;
}

function lineOf(text: string, unit: string): LogLine {
  return { time: text.slice(0, TIME_LENGTH), unit, line: text.slice(TIME_LENGTH + 1) };
}

function tailOf(path: string): string {
  try {
    const file = openSync(path, 'r');
    try {
      const { size } = fstatSync(file);
      const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES));
      readSync(file, buffer, { position: size - buffer.length });
      return buffer.toString();
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (hasErrnoCode(error, 'ENOENT')) return '';
    throw error;
  }
}
