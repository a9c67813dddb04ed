import { FintechError, messageOf } from '../kernel/errors.ts';
import { readBounded } from './bounded-input.ts';
import type { Context } from './context.ts';

export const MAX_JWKS_BYTES: number = 256 * 1024;

/** What a file of keys holds, unchecked. @throws FintechError KEYS_UNREADABLE */
export async function readJwksFile(context: Context, file: string): Promise<unknown> {
  try {
    return JSON.parse(await readBounded(context, file, MAX_JWKS_BYTES));
  } catch (error) {
    throw keysUnreadable(file, error);
  }
}

/** The text of a syntax error quotes what it read, which may hold private keys. */
export function keysUnreadable(place: string, error: unknown): FintechError {
  const why = error instanceof SyntaxError ? 'it is not JSON' : messageOf(error);
  return new FintechError('KEYS_UNREADABLE', `cannot read the keys in ${place}: ${why}`, {
    hint: 'Name a JWK Set (RFC 7517), as a file or an http address.',
  });
}
