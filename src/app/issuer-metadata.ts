import { request } from 'undici';
import { FintechError, messageOf } from '../kernel/errors.ts';
import type { Context } from './context.ts';

const MAX_METADATA_BYTES = 256 * 1024;
const TIMEOUT_MS = 5_000;

/**
 * Where an issuer publishes its keys, by its own word (RFC 8414 §3, OpenID Connect Discovery §4).
 * Metadata of another issuer are refused, whatever they hold (RFC 8414 §3.3).
 * @throws FintechError KEYS_UNREADABLE, USAGE_INVALID
 */
export async function jwksUriOf(context: Context, issuer: string): Promise<string> {
  const faults: string[] = [];
  for (const address of metadataAddresses(issuer)) {
    try {
      const metadata = await fetchMetadata(context, address);
      if (metadata['issuer'] !== issuer) throw unusable(`${address} names another issuer`);
      const uri = metadata['jwks_uri'];
      if (typeof uri === 'string' && /^https?:\/\//.test(uri) && URL.canParse(uri)) return uri;
      throw unusable(`${address} names no jwks_uri`);
    } catch (error) {
      context.signal.throwIfAborted();
      if (error instanceof FintechError) throw error;
      faults.push(
        `${address}: ${error instanceof SyntaxError ? 'it is not JSON' : messageOf(error)}`,
      );
    }
  }
  throw unusable(`nothing is found by discovery: ${faults.join('; ')}`);
}

function metadataAddresses(issuer: string): string[] {
  const url = URL.parse(issuer);
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw new FintechError(
      'USAGE_INVALID',
      `--issuer "${issuer}" is not an http or https address`,
      {
        hint: 'An issuer is a URL without query and fragment (RFC 8414 §2).',
      },
    );
  }
  const path = url.pathname.replace(/\/$/, '');
  return [
    `${url.origin}/.well-known/oauth-authorization-server${path}`,
    `${url.origin}${path}/.well-known/openid-configuration`,
  ];
}

/** @throws Error where there is no JSON object of a bearable size; redirects are not followed */
async function fetchMetadata(
  { signal }: Context,
  address: string,
): Promise<Record<string, unknown>> {
  const { statusCode, body } = await request(address, {
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    headers: { accept: 'application/json' },
  });
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_METADATA_BYTES) throw new Error(`more than ${MAX_METADATA_BYTES} bytes`);
    chunks.push(chunk);
  }
  if (statusCode !== 200) throw new Error(`status ${statusCode}`);
  const value: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  if (typeof value !== 'object' || value === null) throw new Error('it is no JSON object');
  return { ...value };
}

function unusable(why: string): FintechError {
  return new FintechError('KEYS_UNREADABLE', `the issuer's keys cannot be found: ${why}`, {
    hint: 'Name the JWK Set with --jwks, and the issuer with --iss.',
  });
}
