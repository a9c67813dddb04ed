import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasErrnoCode } from './errors.ts';

/** A disk of memory that can be filled to its last block. */
export interface SmallDisk extends Disposable {
  path: string;
  /** Takes all the room that is left. */
  fill(): void;
  /** Gives back what `fill` took. */
  free(): void;
  grow(bytes: number): void;
  /** Takes nothing more, from anybody. */
  close(): void;
}

const FILL_BYTES = 4096;

/** @returns undefined where this system does not let us mount one */
export function smallDisk(bytes: number): SmallDisk | undefined {
  const path = mkdtempSync(join(tmpdir(), 'fintech-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', path], {
      stdio: 'ignore',
    });
  } catch {
    rmdirSync(path);
    return undefined;
  }
  const filler = join(path, 'filler');
  return {
    path,
    fill: () => {
      const block = 'x'.repeat(FILL_BYTES);
      try {
        for (;;) writeFileSync(filler, block, { flag: 'a' });
      } catch (error) {
        if (!hasErrnoCode(error, 'ENOSPC')) throw error;
      }
    },
    free: () => rmSync(filler),
    close: () => void execFileSync('mount', ['-o', 'remount,ro', path]),
    grow: (size) => void execFileSync('mount', ['-o', `remount,size=${size}`, path]),
    [Symbol.dispose]: () => {
      try {
        execFileSync('umount', [path]);
      } catch (error) {
        // A file on it is still open, which is a fault; but no mount may stay behind.
        execFileSync('umount', ['--lazy', path]);
        throw error;
      } finally {
        rmdirSync(path);
      }
    },
  };
}
