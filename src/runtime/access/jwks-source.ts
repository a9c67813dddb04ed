import { FintechError } from '../../kernel/errors.ts';
import { type KeySet, readKeySet } from './key-set.ts';

/** Where a verifier gets its keys. The same `KeySet` object comes back until the keys change. */
export interface JwksSource {
  /** The key set, or undefined when it cannot be had: then every token is refused. */
  current(): Promise<KeySet | undefined>;
  /** Asked for when a `kid` is unknown: the key set after a refetch, where one is allowed now. */
  renewed(): Promise<KeySet | undefined>;
}

/**
 * Keys that do not change.
 * @throws FintechError KEYS_UNREADABLE when the value is no JWK Set (RFC 7517 §5)
 */
export function fixedJwks(jwks: unknown): JwksSource {
  const keySet = readKeySet(jwks);
  if (keySet === undefined) {
    throw new FintechError('KEYS_UNREADABLE', 'This is no JWK Set of at most 100 keys.', {
      hint: 'A JWK Set is a JSON object with a member "keys" (RFC 7517).',
    });
  }
  return { current: async () => keySet, renewed: async () => keySet };
}
