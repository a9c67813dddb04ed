import type { JsonWebKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { request } from 'undici';
import { FintechError, messageOf } from '../kernel/errors.ts';
import type { Context } from './context.ts';

const MAX_JWKS_BYTES = 256 * 1024;
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
  try {
    const bytes = /^https?:\/\//.test(place)
      ? await fetched(context, place)
      : await readFile(resolve(context.cwd, place));
    if (bytes.length > MAX_JWKS_BYTES) throw new Error(`it has more than ${MAX_JWKS_BYTES} bytes`);
    return keysIn(JSON.parse(bytes.toString('utf8')));
  } catch (error) {
    context.signal.throwIfAborted();
    // The text of a syntax error quotes what may hold private keys.
    const why = error instanceof SyntaxError ? 'it is not JSON' : messageOf(error);
    throw new FintechError('KEYS_UNREADABLE', `cannot read the keys in ${place}: ${why}`, {
      hint: 'Name a JWK Set (RFC 7517) with --jwks, as a file or an http address.',
    });
  }
}

async function fetched({ signal }: Context, url: string): Promise<Buffer> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const { statusCode, body } = await request(url, { signal: deadline });
  const bytes = Buffer.from(await body.arrayBuffer());
  if (statusCode !== 200) throw new Error(`it answered ${statusCode}`);
  return bytes;
}

function keysIn(value: unknown): JsonWebKey[] {
  const isSet = typeof value === 'object' && value !== null && 'keys' in value;
  if (!isSet || !Array.isArray(value.keys)) throw new Error('it is no JWK Set');
  return value.keys.filter((key): key is JsonWebKey => typeof key === 'object' && key !== null);
}
