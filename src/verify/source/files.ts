import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { FintechError, hasErrnoCode, messageOf } from '../../kernel/errors.ts';
import { CLOUD_EVENTS } from './cloud-events.ts';
import { decompressed } from './decompress.ts';
import type { Source, SourcePart } from './source.ts';
import { spooled } from './spool.ts';

const CHUNK_BYTES = 1_048_576;
const naturally = new Intl.Collator('en', { numeric: true });

/**
 * The log one argument names: a file, or a glob whose files are its parts in natural order
 * (`part-2` before `part-10`).
 * @throws FintechError VERIFY_SOURCE when there is no such file, or it is a folder
 */
export async function fileSource(pattern: string, cwd: string): Promise<Source> {
  if (pattern.includes('://')) {
    throw new FintechError('VERIFY_SOURCE', `cannot read ${pattern}: an address is no source`, {
      hint: 'Name a file, a glob, "-" or "sandbox".',
    });
  }
  if (await exists(resolve(cwd, pattern))) {
    return source(pattern, [await filePart(pattern, cwd)]);
  }
  const files = isDynamicPattern(pattern)
    ? await glob(pattern, { cwd, absolute: true, dot: true })
    : [];
  if (files.length === 0) {
    throw new FintechError('VERIFY_SOURCE', `there is no file ${pattern}`, {
      hint: 'Sources are files, globs in quotes, "-" for standard input, and "sandbox".',
      details: { source: pattern },
    });
  }
  const names = files.map((file) => relative(cwd, file)).sort(naturally.compare);
  return source(pattern, await Promise.all(names.map((name) => filePart(name, cwd))));
}

type FilePart = SourcePart & Partial<AsyncDisposable>;

function source(name: string, parts: readonly FilePart[]): Source {
  return {
    name,
    parts,
    reading: CLOUD_EVENTS,
    [Symbol.asyncDispose]: async () => {
      for (const part of parts) await part[Symbol.asyncDispose]?.();
    },
  };
}

async function filePart(name: string, cwd: string): Promise<FilePart> {
  const path = resolve(cwd, name);
  const status = await stat(path).catch((error: unknown) => refuse(name, error));
  if (status.isDirectory()) {
    throw new FintechError('VERIFY_SOURCE', `${name} is a folder`, {
      hint: `Name its files: fintech verify '${name.replace(/\/$/, '')}/*.ndjson'`,
      details: { source: name },
    });
  }
  const bytes = () => readFile(path, name);
  // A pipe (`<(…)`, a FIFO) can be read once only.
  if (!status.isFile()) {
    const spool = spooled(bytes());
    return { ...spool, name, open: () => decompressed(name, spool.open()) };
  }
  return { name, open: () => decompressed(name, bytes()) };
}

async function* readFile(path: string, name: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>;
  } catch (error) {
    refuse(name, error);
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    return !hasErrnoCode(error, 'ENOENT') && !hasErrnoCode(error, 'ENOTDIR');
  }
}

function refuse(name: string, error: unknown): never {
  throw new FintechError('VERIFY_SOURCE', `cannot read ${name}: ${messageOf(error)}`, {
    hint: 'Check the path and its permissions.',
    details: { source: name },
    cause: error,
  });
}
