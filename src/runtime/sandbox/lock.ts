import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { FintechError } from '../../kernel/errors.ts';
import { openLock, SQLITE_CODE, sqliteCode } from '../../kernel/sqlite.ts';

/**
 * Holds a workspace's sandbox for this process. It is an open exclusive transaction, which the
 * kernel frees when the process ends in any way.
 * @throws FintechError SANDBOX_BUSY when another process holds it
 */
export function lockSandbox(stateFolder: string): Disposable {
  const lock = openEvenIfDamaged(join(stateFolder, 'lock.db'));
  if (lock !== undefined) return lock;
  throw new FintechError('SANDBOX_BUSY', 'another fintech is starting or stopping this sandbox', {
    hint: 'Wait a moment, then run `fintech status`.',
  });
}

/** The file holds nothing; one that is no database is nobody's lock. */
function openEvenIfDamaged(path: string): Disposable | undefined {
  try {
    return openLock(path);
  } catch (error) {
    if (sqliteCode(error) !== SQLITE_CODE.notADatabase) throw error;
    rmSync(path);
    return openLock(path);
  }
}
