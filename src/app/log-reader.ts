import { type FileHandle, open, stat } from 'node:fs/promises';
import { hasErrnoCode } from '../kernel/errors.ts';
import { type ByteLine, LineSplitter } from '../kernel/lines.ts';
import { LINE_LEFT_OUT, MAX_LINE_BYTES } from '../runtime/sandbox/log-file.ts';

const CHUNK_BYTES = 65_536;
/** `2027-01-01T00:00:00.000Z` */
const TIME_LENGTH = 24;

export interface LogLine {
  time: string;
  unit: string;
  line: string;
}

/**
 * Reads the log of one unit in order, `<file>.1` first, and on from where it stopped. A file that
 * is renamed away meanwhile is read to its end, since it stays open until then.
 */
export class LogReader implements AsyncDisposable {
  readonly #path: string;
  readonly #unit: string;
  /** Oldest first; the last one is what the path led to when it was opened. */
  #files: OpenLog[] | undefined;
  #time = '';

  constructor(path: string, unit: string) {
    this.#path = path;
    this.#unit = unit;
  }

  /**
   * Lines up to the present end, in batches of a bounded size. A last line without its line feed
   * waits for it, unless nothing is read `afterwards`.
   */
  async *batches({ afterwards }: { afterwards: boolean }): AsyncGenerator<LogLine[]> {
    this.#files ??= await openAll(this.#path);
    for (;;) {
      const [file, next] = this.#files;
      // Looked up before the last read, which so has all that was written until the renaming.
      const successor = next === undefined ? await this.#successor() : undefined;
      if (successor !== undefined) this.#files.push(successor);
      if (file === undefined) return;
      for await (const lines of file.batches()) yield this.#parse(lines);
      const isLast = this.#files.length === 1;
      if (!isLast || !afterwards) yield this.#parse(file.rest());
      if (isLast) return;
      this.#files.shift();
      await file.handle.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { handle } of this.#files ?? []) await handle.close();
    this.#files = [];
  }

  /** The file the path leads to now, if that is another one than the newest we have. */
  async #successor(): Promise<OpenLog | undefined> {
    const newest = this.#files?.at(-1);
    const found = await stat(this.#path).catch(() => undefined);
    return found === undefined || found.ino === newest?.inode ? undefined : openLog(this.#path);
  }

  #parse(lines: readonly ByteLine[]): LogLine[] {
    return lines.map(({ bytes, tooLong }) => {
      const text = tooLong ? LINE_LEFT_OUT : bytes.toString();
      const isTimed = text[TIME_LENGTH - 1] === 'Z' && text[TIME_LENGTH] === ' ';
      if (isTimed) this.#time = text.slice(0, TIME_LENGTH);
      const line = isTimed ? text.slice(TIME_LENGTH + 1) : text;
      return { time: this.#time, unit: this.#unit, line };
    });
  }
}

/** One file, of which a descriptor is held: its inode goes to no other file meanwhile. */
class OpenLog {
  readonly handle: FileHandle;
  readonly inode: number;
  #offset = 0;
  #splitter = newSplitter();

  constructor(handle: FileHandle, inode: number) {
    this.handle = handle;
    this.inode = inode;
  }

  async *batches(): AsyncGenerator<ByteLine[]> {
    const { size } = await this.handle.stat();
    if (size < this.#offset) {
      // It was emptied.
      this.#offset = 0;
      this.#splitter = newSplitter();
    }
    while (this.#offset < size) {
      // A line may wait in pieces of what was read, so each read has a buffer of its own.
      const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, size - this.#offset));
      const { bytesRead } = await this.handle.read({ buffer, position: this.#offset });
      if (bytesRead === 0) return;
      this.#offset += bytesRead;
      yield this.#splitter.push(buffer.subarray(0, bytesRead));
    }
  }

  /** A last line without a line feed. */
  rest(): ByteLine[] {
    const last = this.#splitter.end();
    return last === undefined ? [] : [last];
  }
}

function newSplitter(): LineSplitter {
  return new LineSplitter(MAX_LINE_BYTES + TIME_LENGTH + 1);
}

/** The newest first, so that a rotation in between shows one file twice rather than none. */
async function openAll(path: string): Promise<OpenLog[]> {
  const newest = await openLog(path);
  const before = await openLog(`${path}.1`);
  if (before?.inode === newest?.inode) {
    await before?.handle.close();
    return newest === undefined ? [] : [newest];
  }
  return [before, newest].filter((file) => file !== undefined);
}

async function openLog(path: string): Promise<OpenLog | undefined> {
  try {
    const handle = await open(path);
    return new OpenLog(handle, (await handle.stat()).ino);
  } catch (error) {
    if (hasErrnoCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** The lines of several logs in one order of time. Holds one batch of each. */
export async function* byTime(
  sources: readonly AsyncIterator<LogLine[]>[],
): AsyncGenerator<LogLine> {
  const heads = sources.map((source) => new Head(source));
  for (;;) {
    let first: { head: Head; line: LogLine } | undefined;
    for (const head of heads) {
      const line = head.line ?? (await head.read());
      if (line !== undefined && !(first !== undefined && first.line.time <= line.time)) {
        first = { head, line };
      }
    }
    if (first === undefined) return;
    first.head.take();
    yield first.line;
  }
}

/** The first line of one log that was not taken yet. */
class Head {
  readonly #source: AsyncIterator<LogLine[]>;
  #batch: LogLine[] = [];
  #taken = 0;

  constructor(source: AsyncIterator<LogLine[]>) {
    this.#source = source;
  }

  /** Undefined when the next batch has to be read first. */
  get line(): LogLine | undefined {
    return this.#batch[this.#taken];
  }

  take(): void {
    this.#taken++;
  }

  async read(): Promise<LogLine | undefined> {
    while (this.line === undefined) {
      const next = await this.#source.next();
      if (next.done === true) return undefined;
      this.#batch = next.value;
      this.#taken = 0;
    }
    return this.line;
  }
}
