import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { FintechError, hasErrnoCode } from '../../kernel/errors.ts';

const MAX_BYTES = 16 * 1024;

/** Makes a folder for nobody but us, or checks that it is one. @throws FintechError KEYS_UNREADABLE */
export function ensurePrivateFolder(folder: string): void {
  guarded(folder, () => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    demandPrivate(folder, statSync(folder), '700');
  });
}

/** The text of a file that only we may read, or undefined when it is not there. */
export function readPrivateFile(file: string): { text: string; modifiedMs: number } | undefined {
  return guarded(file, () => {
    const handle = openIfThere(file);
    if (handle === undefined) return undefined;
    try {
      const stats = fstatSync(handle);
      demandPrivate(file, stats, '600');
      if (!stats.isFile() || stats.size > MAX_BYTES) throw unreadable(file, 'it is no key file');
      return { text: readFileSync(handle, 'utf8'), modifiedMs: stats.mtimeMs };
    } finally {
      closeSync(handle);
    }
  });
}

/**
 * Puts a whole file in place unless there is one already: whoever comes second keeps the first
 * one's. A reader never sees half a file, since a finished one is linked to its name.
 */
export function createPrivateFile(folder: string, name: string, text: string): void {
  withDraft(folder, { name, text }, (draft) => {
    try {
      linkSync(draft, join(folder, name));
    } catch (error) {
      if (!hasErrnoCode(error, 'EEXIST')) throw error;
    }
  });
}

/** Puts a whole file in place, in that of one of this name. */
export function replacePrivateFile(folder: string, name: string, text: string): void {
  withDraft(folder, { name, text }, (draft) => renameSync(draft, join(folder, name)));
}

export function removePrivateFile(folder: string, name: string): void {
  guarded(folder, () => rmSync(join(folder, name), { force: true }));
}

export function privateFileNames(folder: string): string[] {
  return guarded(folder, () => readdirSync(folder));
}

function withDraft(
  folder: string,
  { name, text }: { name: string; text: string },
  use: (draft: string) => void,
): void {
  guarded(folder, () => {
    const draftFolder = mkdtempSync(join(folder, '.new-'));
    try {
      const draft = join(draftFolder, name);
      writeDurably(draft, text);
      use(draft);
    } finally {
      rmSync(draftFolder, { recursive: true, force: true });
    }
  });
}

function writeDurably(file: string, text: string): void {
  const handle = openSync(file, 'wx', 0o600);
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function openIfThere(file: string): number | undefined {
  try {
    return openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (hasErrnoCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function demandPrivate(path: string, stats: Stats, mode: '600' | '700'): void {
  if (stats.uid !== process.getuid?.()) throw unreadable(path, 'it belongs to another user');
  if ((stats.mode & 0o077) !== 0) {
    throw unreadable(path, 'others than its owner may use it', `Run: chmod ${mode} ${path}`);
  }
}

/** Says which path failed and why; the system error's own text adds nothing, and is left out. */
function guarded<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof FintechError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw unreadable(path, code);
  }
}

/** A failure that names the file, and nothing of what is in it. */
export function unreadable(path: string, why: string, hint?: string): FintechError {
  return new FintechError('KEYS_UNREADABLE', `Cannot use the keys at ${path}: ${why}.`, {
    hint: hint ?? 'Mend or remove it; missing keys are made anew.',
    details: { path },
  });
}
