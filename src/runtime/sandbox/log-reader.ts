import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hasErrnoCode } from '../../kernel/errors.ts';
import { type ByteLine, LineSplitter } from '../../kernel/lines.ts';
import { LINE_LEFT_OUT, MAX_LINE_BYTES } from './log-file.ts';
import type { LogLine, UnitLog } from './unit-log.ts';

const CHUNK_BYTES = 65_536;
/** `2027-01-01T00:00:00.000Z` */
const TIME_LENGTH = 24;
/** What the process behind `up --detach` printed: no unit. */
const SANDBOX_LOG = 'sandbox.log';

/** The logs in a folder, of units that run and of those that ran. */
export async function savedLogs(folder: string): Promise<UnitLog[]> {
  const files = await readdir(folder).catch((error: unknown) => {
    if (hasErrnoCode(error, 'ENOENT')) return [];
    throw error;
  });
  return files
    .filter((file) => file.endsWith('.log') && file !== SANDBOX_LOG)
    .map((file) => new LogReader(join(folder, file), file.slice(0, -'.log'.length)));
}

/**
 * Reads the log of one unit in order, `<file>.1` first, and on from where it stopped. A file that
 * is renamed away meanwhile is read to its end, since it stays open until then.
 */
class LogReader implements UnitLog {
  readonly unit: string;
  readonly #path: string;
  /** Oldest first; the last one is what the path led to when it was opened. */
  #files: OpenLog[] | undefined;
  #time = '';

  constructor(path: string, unit: string) {
    this.#path = path;
    this.unit = unit;
  }

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
      return { time: this.#time, unit: this.unit, line };
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
