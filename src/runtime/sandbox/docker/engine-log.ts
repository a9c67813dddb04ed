import type { Container } from 'dockerode';
import { LINE_LEFT_OUT, MAX_LINE_BYTES } from '../log-file.ts';
import { shownLine } from '../runner-message.ts';
import type { LogLine, UnitLog } from '../unit-log.ts';
import { engineFailure } from './engine/engine.ts';
import { SeenLines } from './seen-lines.ts';

/** Of a frame in the engine's stream: one byte says which output, three are empty, four are its length. */
const HEADER_BYTES = 8;
const LENGTH_OFFSET = 4;
/** `2027-01-01T00:00:00.000000000Z` */
const TIME_LENGTH = 30;
const MILLISECONDS_LENGTH = 23;
const LINE_FEED = 0x0a;
/** Characters in a batch, which its last line may exceed. */
const BATCH_LENGTH = 65_536;
/** What the engine answers for a container that is gone (404), or going (409). */
const GONE: ReadonlySet<unknown> = new Set([404, 409]);

/** What one container has logged, read on from where it was left. */
export class EngineLog implements UnitLog {
  readonly unit: string;
  readonly #container: Container;
  readonly #seen: SeenLines;

  /** @param seen lines that are not given out again */
  constructor(container: Container, unit: string, seen: SeenLines = new SeenLines()) {
    this.#container = container;
    this.unit = unit;
    this.#seen = seen;
  }

  async *batches({ afterwards }: { afterwards: boolean }): AsyncGenerator<LogLine[]> {
    const stream = await this.#read();
    const isNew = this.#seen.reading();
    let batch: LogLine[] = [];
    let length = 0;
    for (const { time, text, isFinished } of linesOf(stream)) {
      const shown = isFinished || !afterwards ? shownLine(text) : undefined;
      if (shown === undefined) continue;
      const line = { time: `${time.slice(0, MILLISECONDS_LENGTH)}Z`, unit: this.unit, line: shown };
      if (!isNew(line)) continue;
      batch.push(line);
      length += time.length + shown.length;
      if (length < BATCH_LENGTH) continue;
      yield batch;
      batch = [];
      length = 0;
    }
    if (batch.length > 0) yield batch;
  }

  /** It keeps nothing open. */
  async [Symbol.asyncDispose](): Promise<void> {}

  /** The engine keeps 20 MB of a container at most. What was removed meanwhile logs nothing more. */
  async #read(): Promise<Buffer> {
    return readLog(this.#container, { since: this.#seen.sinceSeconds });
  }
}

/** The last lines a container logged, as they are. */
export async function lastLines(container: Container, count: number): Promise<string[]> {
  return [...linesOf(await readLog(container, { tail: count }))].map(({ text }) => text);
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

interface EngineLine {
  /** The engine's, in nanoseconds. */
  time: string;
  text: string;
  /** Whether a line feed ended it. */
  isFinished: boolean;
}

/** Each frame is a line, or a piece of a long one. Pieces of both outputs come mixed. */
function* linesOf(stream: Buffer): Generator<EngineLine> {
  const unfinished = new Map<number, { time: string; pieces: Buffer[] }>();
  for (let at = 0; at + HEADER_BYTES <= stream.length;) {
    const output = stream.readUInt8(at);
    const start = at + HEADER_BYTES;
    at = start + stream.readUInt32BE(at + LENGTH_OFFSET);
    const time = stream.toString('latin1', start, start + TIME_LENGTH);
    const piece = stream.subarray(start + TIME_LENGTH + 1, at);
    const pieces = [...(unfinished.get(output)?.pieces ?? []), piece];
    const isFinished = piece.at(-1) === LINE_FEED;
    if (isFinished) unfinished.delete(output);
    else unfinished.set(output, { time, pieces });
    if (isFinished) yield { time, text: textOf(pieces), isFinished };
  }
  for (const { time, pieces } of unfinished.values()) {
    yield { time, text: textOf(pieces), isFinished: false };
  }
}

function textOf(pieces: readonly Buffer[]): string {
  const bytes = Buffer.concat(pieces);
  if (bytes.length > MAX_LINE_BYTES) return LINE_LEFT_OUT;
  return bytes.toString().replace(/\r?\n$/, '');
}
