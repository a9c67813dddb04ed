import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FintechError, hasErrnoCode } from '../kernel/errors.ts';
import { nearestName } from '../kernel/nearest.ts';
import type { Outcome } from '../kernel/reporter.ts';
import type { Context } from './context.ts';
import { byTime, type LogLine, LogReader } from './log-reader.ts';
import { loadWorkspace } from './workspace.ts';

const POLL_MS = 200;

export interface LogsInput {
  /** One unit, or undefined for all, merged by time. */
  name: string | undefined;
  follow: boolean;
  /** The newest lines shown; undefined for all. */
  lines: number | undefined;
  /** NDJSON instead of text. */
  json: boolean;
}

/**
 * Streams what the units logged. Holds no more than the lines asked for and a piece of each file.
 * @throws the signal's reason when it ends a follower
 */
export async function logs(context: Context, input: LogsInput): Promise<Outcome<null>> {
  const { stateFolder } = await loadWorkspace(context);
  const folder = join(stateFolder, 'logs');
  const units = await unitsWithLogs(folder, input.name);
  await using readers = new AsyncDisposableStack();
  const all = units.map((unit) => readers.use(new LogReader(join(folder, `${unit}.log`), unit)));
  const present = () => byTime(all.map((reader) => reader.batches({ afterwards: input.follow })));
  const shown = formatter(units, input.json);
  const print = async (lines: AsyncIterable<LogLine>) => {
    for await (const line of lines) {
      context.signal.throwIfAborted();
      await context.reporter.write(shown(line));
    }
  };
  await print(input.lines === undefined ? present() : newest(present(), input.lines));
  while (input.follow) {
    await context.clock.sleep(POLL_MS, context.signal);
    await print(present());
  }
  return { data: null };
}

/** The last lines of many, of which it never holds more than twice as many. */
async function* newest(lines: AsyncIterable<LogLine>, count: number): AsyncGenerator<LogLine> {
  const kept: LogLine[] = [];
  for await (const line of lines) {
    kept.push(line);
    if (kept.length > 2 * count) kept.splice(0, kept.length - count);
  }
  yield* kept.slice(Math.max(0, kept.length - count));
}

function formatter(units: readonly string[], json: boolean): (line: LogLine) => string {
  if (json) return (line) => `${JSON.stringify(line)}\n`;
  const width = Math.max(0, ...units.map((unit) => unit.length));
  return ({ unit, line }) => `${unit.padEnd(width)} | ${line}\n`;
}

async function unitsWithLogs(folder: string, name: string | undefined): Promise<string[]> {
  const files = await readdir(folder).catch((error: unknown) => {
    if (hasErrnoCode(error, 'ENOENT')) return [];
    throw error;
  });
  const units = files
    .filter((file) => file.endsWith('.log') && file !== 'sandbox.log')
    .map((file) => file.slice(0, -4));
  if (name === undefined) return units;
  if (units.includes(name)) return [name];
  const near = nearestName(name, units);
  throw new FintechError('SANDBOX_UNIT_UNKNOWN', `no unit "${name}" has logged anything here`, {
    hint:
      near === undefined
        ? `Units with logs: ${units.join(', ') || 'none'}.`
        : `Did you mean ${near}?`,
  });
}
