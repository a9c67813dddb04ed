import type { JsonWebKey } from 'node:crypto';
import { Agent, request } from 'undici';
import { FintechError } from '../kernel/errors.ts';
import type { Context } from './context.ts';
import { keysUnreadable, MAX_JWKS_BYTES, readJwksFile } from './jwks-file.ts';

const TIMEOUT_MS = 5_000;

/**
 * The keys of a JWK Set (RFC 7517 §5), of a file or an address; none where none is named.
 * @throws FintechError KEYS_UNREADABLE
 */
export async function publishedKeys(
  context: Context,
  place: string | undefined,
): Promise<JsonWebKey[]> {
  if (place === undefined) return [];
  if (!/^https?:\/\//.test(place)) return keysIn(place, await readJwksFile(context, place));
  try {
    return keysIn(place, JSON.parse(await fetched(context, place)));
  } catch (error) {
    context.signal.throwIfAborted();
    throw error instanceof FintechError ? error : keysUnreadable(place, error);
  }
}

async function fetched({ signal }: Context, url: string): Promise<string> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const agent = new Agent({ maxResponseSize: MAX_JWKS_BYTES });
  try {
    const { statusCode, body } = await request(url, { signal: deadline, dispatcher: agent });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`it answered ${statusCode}`);
    return text;
  } finally {
    await agent.destroy();
  }
}

function keysIn(place: string, value: unknown): JsonWebKey[] {
  const isSet = typeof value === 'object' && value !== null && 'keys' in value;
  if (!isSet || !Array.isArray(value.keys)) {
    throw keysUnreadable(place, new Error('it is no JWK Set'));
  }
  return value.keys.filter((key): key is JsonWebKey => typeof key === 'object' && key !== null);
}
