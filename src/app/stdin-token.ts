import { FintechError, messageOf } from '../kernel/errors.ts';
import { readBounded } from './bounded-input.ts';
import type { Context } from './context.ts';

export const MAX_TOKEN_BYTES: number = 64 * 1024;

/** The one token that stdin holds. @throws FintechError TOKEN_MALFORMED */
export async function readStdinToken(context: Context): Promise<string> {
  try {
    return await readBounded(context, '-', MAX_TOKEN_BYTES);
  } catch (error) {
    throw new FintechError('TOKEN_MALFORMED', `stdin holds no token: ${messageOf(error)}`, {
      hint: 'Give one token.',
    });
  }
}
