import { createReadStream, type ReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { FintechError, hasErrnoCode } from '../kernel/errors.ts';
import { nearestName } from '../kernel/nearest.ts';
import type { Outcome } from '../kernel/reporter.ts';
import type { Context } from './context.ts';
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

interface LogLine {
  time: string;
  unit: string;
  line: string;
}

/** Streams what the units logged. */
export async function logs(context: Context, input: LogsInput): Promise<Outcome<null>> {
  const { stateFolder } = await loadWorkspace(context);
  const folder = join(stateFolder, 'logs');
  const units = await unitsWithLogs(folder, input.name);
  const readers = units.map((unit) => new LogReader(join(folder, `${unit}.log`), unit));
  const all = await nextLines(readers);
  const shown = input.lines === undefined ? all : all.slice(Math.max(0, all.length - input.lines));
  await print(context, shown, input.json);
  while (input.follow && !context.signal.aborted) {
    await context.clock.sleep(POLL_MS, context.signal).catch(() => {});
    await print(context, await nextLines(readers), input.json);
  }
  return { data: null };
}

async function nextLines(readers: readonly LogReader[]): Promise<LogLine[]> {
  const lists = await Promise.all(readers.map((reader) => reader.next()));
  return lists.flat().sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
}

async function print(
  { reporter }: Context,
  lines: readonly LogLine[],
  json: boolean,
): Promise<void> {
  const width = Math.max(0, ...lines.map(({ unit }) => unit.length));
  for (const line of lines) {
    const text = json ? JSON.stringify(line) : `${line.unit.padEnd(width)} | ${line.line}`;
    await reporter.write(`${text}\n`);
  }
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

/** Reads a log file on from where it stopped; starts over when the file was replaced. */
class LogReader {
  readonly #path: string;
  readonly #unit: string;
  #offset = 0;
  #inode: number | undefined;

  constructor(path: string, unit: string) {
    this.#path = path;
    this.#unit = unit;
  }

  async next(): Promise<LogLine[]> {
    const found = await stat(this.#path).catch(() => undefined);
    if (found === undefined) return [];
    if (found.ino !== this.#inode || found.size < this.#offset) this.#offset = 0;
    this.#inode = found.ino;
    if (found.size === this.#offset) return [];
    const stream = createReadStream(this.#path, { start: this.#offset, end: found.size - 1 });
    this.#offset = found.size;
    return this.#parse(stream);
  }

  async #parse(stream: ReadStream): Promise<LogLine[]> {
    const lines: LogLine[] = [];
    for await (const text of createInterface({ input: stream })) {
      const blank = text.indexOf(' ');
      lines.push({ time: text.slice(0, blank), unit: this.#unit, line: text.slice(blank + 1) });
    }
    return lines;
  }
}
