import { keyOf } from '../keys.ts';

/**
 * What a finding is known by in every run over the same business: its check and business keys,
 * never its place. Null where the finding has no keys.
 */
export function digestOf(check: string, keys: readonly string[]): string | null {
  return keys.length === 0 ? null : Buffer.from(keyOf(check, ...keys), 'binary').toString('hex');
}
