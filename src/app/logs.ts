import { FintechError } from '../kernel/errors.ts';
import { nearestName } from '../kernel/nearest.ts';
import type { Outcome } from '../kernel/reporter.ts';
import { byTime, type LogLine, type UnitLog } from '../runtime/sandbox/unit-log.ts';
import type { Context } from './context.ts';
import { currentDriver } from './sandbox.ts';
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
  const driver = await currentDriver(context, await loadWorkspace(context));
  await using readers = new AsyncDisposableStack();
  const all = (await driver.logs()).map((log) => readers.use(log));
  const chosen = ofUnit(all, input.name);
  const present = () => byTime(chosen.map((log) => log.batches({ afterwards: input.follow })));
  const shown = formatter(chosen, input.json);
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

function formatter(logs: readonly UnitLog[], json: boolean): (line: LogLine) => string {
  if (json) return (line) => `${JSON.stringify(line)}\n`;
  const width = Math.max(0, ...logs.map(({ unit }) => unit.length));
  return ({ unit, line }) => `${unit.padEnd(width)} | ${line}\n`;
}

/** A unit may have more than one log: what was saved of it, and what its container logs now. */
function ofUnit(logs: readonly UnitLog[], name: string | undefined): readonly UnitLog[] {
  if (name === undefined) return logs;
  const found = logs.filter(({ unit }) => unit === name);
  if (found.length > 0) return found;
  const units = [...new Set(logs.map(({ unit }) => unit))];
  const near = nearestName(name, units);
  throw new FintechError('SANDBOX_UNIT_UNKNOWN', `no unit "${name}" has logged anything here`, {
    hint:
      near === undefined
        ? `Units with logs: ${units.join(', ') || 'none'}.`
        : `Did you mean ${near}?`,
  });
}
