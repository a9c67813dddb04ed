import { hasErrnoCode } from '../../../../kernel/errors.ts';

/**
 * What a connection through `ssh` died of, in its own last words; undefined for other errors.
 * Apart from `ssh-agent.ts`, which loads the library that runs programs.
 */
export function sshFailure(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('stderr' in error)) return undefined;
  if (hasErrnoCode(error, 'ENOENT')) return 'there is no program ssh';
  const lines = typeof error.stderr === 'string' ? error.stderr.trim().split('\n') : [];
  const last = lines.at(-1)?.trim() ?? '';
  return last === '' ? 'ssh ended without a word' : `ssh says: ${last}`;
}
