import type { Container } from 'dockerode';
import { LINE_LEFT_OUT, MAX_LINE_BYTES } from '../log-file.ts';
import { shownLine } from '../runner-message.ts';
import type { LogLine, UnitLog } from '../unit-log.ts';
import { engineFailure } from './engine/engine.ts';

/** Of a frame in the engine's stream: one byte says which output, three are empty, four are its length. */
const HEADER_BYTES = 8;
const LENGTH_OFFSET = 4;
/** `2027-01-01T00:00:00.000000000Z` */
const TIME_LENGTH = 30;
const MILLISECONDS_LENGTH = 23;
/** What the engine answers for a container that is gone (404), or going (409). */
const GONE: ReadonlySet<unknown> = new Set([404, 409]);

/** What one container has logged, read on from where it was left. */
export class EngineLog implements UnitLog {
  readonly unit: string;
  readonly #container: Container;
  /** The engine's time of the newest line given out. */
  #newest: string;

  /** @param since only lines after this time (RFC 3339 in nanoseconds) */
  constructor(container: Container, unit: string, since = '') {
    this.#container = container;
    this.unit = unit;
    this.#newest = since;
  }

  async *batches(): AsyncGenerator<LogLine[]> {
    const lines = linesOf(await this.#read()).filter(({ time }) => time > this.#newest);
    if (lines.length === 0) return;
    this.#newest = lines.at(-1)?.time ?? this.#newest;
    yield lines.flatMap(({ time, line }) => {
      const shown = shownLine(line);
      if (shown === undefined) return [];
      return [{ time: `${time.slice(0, MILLISECONDS_LENGTH)}Z`, unit: this.unit, line: shown }];
    });
  }

  /** It keeps nothing open. */
  async [Symbol.asyncDispose](): Promise<void> {}

  /** The engine keeps 20 MB of a container at most. What was removed meanwhile logs nothing more. */
  async #read(): Promise<Buffer> {
    // The engine takes whole seconds here; what was seen of that second is left out above.
    const since = this.#newest === '' ? 0 : Math.floor(Date.parse(this.#newest) / 1000);
    return readLog(this.#container, { since });
  }
}

/** The last lines a container logged, as they are. */
export async function lastLines(container: Container, count: number): Promise<string[]> {
  return linesOf(await readLog(container, { tail: count })).map(({ line }) => line);
}

async function readLog(
  container: Container,
  part: { since: number } | { tail: number },
): Promise<Buffer> {
  try {
    return await container.logs({ stdout: true, stderr: true, timestamps: true, ...part });
  } catch (error) {
    if (error instanceof Error && 'statusCode' in error && GONE.has(error.statusCode)) {
      return Buffer.alloc(0);
    }
    throw engineFailure(error, 'read a log');
  }
}

/** Each frame is a line, or a piece of a long one. Pieces of both outputs come mixed. */
function linesOf(stream: Buffer): { time: string; line: string }[] {
  const lines: { time: string; line: string }[] = [];
  const unfinished = new Map<number, Buffer[]>();
  for (let at = 0; at + HEADER_BYTES <= stream.length;) {
    const output = stream.readUInt8(at);
    const start = at + HEADER_BYTES;
    const end = start + stream.readUInt32BE(at + LENGTH_OFFSET);
    const time = stream.toString('latin1', start, start + TIME_LENGTH);
    const text = stream.subarray(start + TIME_LENGTH + 1, end);
    const pieces = [...(unfinished.get(output) ?? []), text];
    at = end;
    if (text.at(-1) !== 0x0a && at < stream.length) {
      unfinished.set(output, pieces);
      continue;
    }
    unfinished.delete(output);
    lines.push({ time, line: lineOf(Buffer.concat(pieces)) });
  }
  return lines;
}

function lineOf(bytes: Buffer): string {
  if (bytes.length > MAX_LINE_BYTES) return LINE_LEFT_OUT;
  return bytes.toString().replace(/\r?\n$/, '');
}
