import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { FintechError, hasErrnoCode } from '../../kernel/errors.ts';
import { decompressed } from './decompress.ts';
import { FileBytes, unreadable } from './file-bytes.ts';
import { asNdjson } from './format.ts';
import type { Reading, Source, SourcePart } from './source.ts';
import { spooled } from './spool.ts';

const naturally = new Intl.Collator('en', { numeric: true });

interface FilesOptions {
  name: string;
  reading: Reading;
  /** Where relative paths start. */
  cwd: string;
  /** What `-` stands for. */
  stdin: AsyncIterable<Uint8Array>;
}

/**
 * One log in files: each pattern is a file, `-`, or a glob, whose files follow in natural order
 * (`part-2` before `part-10`).
 * @throws FintechError VERIFY_SOURCE when there is no such file, or it is a folder
 */
export async function filesSource(
  patterns: readonly string[],
  { name, reading, cwd, stdin }: FilesOptions,
): Promise<Source> {
  await using opened = new AsyncDisposableStack();
  const parts: FilePart[] = [];
  for (const pattern of patterns) {
    const found = pattern === '-' ? [stdinPart(stdin)] : await filesOf(pattern, cwd);
    for (const part of found) {
      parts.push(part);
      opened.defer(async () => part[Symbol.asyncDispose]?.());
    }
  }
  const owned = opened.move();
  const files = parts.flatMap(({ file }) => file ?? []);
  return {
    name,
    reading,
    parts,
    ...(files.length === parts.length ? { files } : {}),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

interface FilePart extends SourcePart, Partial<AsyncDisposable> {
  /** Undefined where its size is unknown. */
  file?: FileBytes;
}

function stdinPart(stdin: AsyncIterable<Uint8Array>): FilePart {
  return onceOnly('stdin', stdin);
}

async function filesOf(pattern: string, cwd: string): Promise<FilePart[]> {
  if (await exists(resolve(cwd, pattern))) return [await filePart(pattern, cwd)];
  const files = isDynamicPattern(pattern)
    ? await glob(pattern, { cwd, absolute: true, dot: true })
    : [];
  if (files.length === 0) {
    throw new FintechError('VERIFY_SOURCE', `there is no file ${pattern}`, {
      hint: 'Sources are files, globs in quotes, "-" for standard input, "sandbox", and addresses of event stores.',
      details: { source: pattern },
    });
  }
  const names = files.map((file) => relative(cwd, file)).sort(naturally.compare);
  return Promise.all(names.map((name) => filePart(name, cwd)));
}

/**
 * The bytes of one file, or of standard input for `-`, decompressed and otherwise as they are.
 * @throws FintechError VERIFY_SOURCE when there is no such file, or it is a folder
 */
export async function fileBytes(
  name: string,
  { cwd, stdin }: Pick<FilesOptions, 'cwd' | 'stdin'>,
): Promise<AsyncIterable<Uint8Array>> {
  if (name === '-') return decompressed('stdin', stdin);
  const path = resolve(cwd, name);
  const { size } = await statusOf(path, name);
  return decompressed(name, new FileBytes(path, { name, bytes: size }).open());
}

async function statusOf(path: string, name: string): Promise<Stats> {
  const status = await stat(path).catch((error: unknown) => {
    throw unreadable(name, error);
  });
  if (status.isDirectory()) {
    throw new FintechError('VERIFY_SOURCE', `${name} is a folder`, {
      hint: `Name its files: fintech verify '${name.replace(/\/$/, '')}/*.ndjson'`,
      details: { source: name },
    });
  }
  return status;
}

async function filePart(name: string, cwd: string): Promise<FilePart> {
  const path = resolve(cwd, name);
  const status = await statusOf(path, name);
  const file = new FileBytes(path, { name, bytes: status.size });
  // A pipe (`<(…)`, a FIFO) can be read once only.
  if (!status.isFile()) return onceOnly(name, file.open());
  return { name, isFile: true, file, open: () => asNdjson(name, decompressed(name, file.open())) };
}

function onceOnly(name: string, bytes: AsyncIterable<Uint8Array>): FilePart {
  const spool = spooled(bytes);
  return { ...spool, name, open: () => asNdjson(name, decompressed(name, spool.open())) };
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    return !hasErrnoCode(error, 'ENOENT') && !hasErrnoCode(error, 'ENOTDIR');
  }
}
