const PREFIX = 'whsec_';
const FEWEST_BYTES = 24;
const MOST_BYTES = 64;

/** How a secret is shown to people (Standard Webhooks 1.0.0). */
export function secretText(key: Buffer): string {
  return `${PREFIX}${key.toString('base64')}`;
}

/** The key in a `whsec_…` text of 24 to 64 bytes. */
export function parseSecret(text: string): Buffer | undefined {
  if (!text.startsWith(PREFIX)) return undefined;
  const encoded = text.slice(PREFIX.length);
  const key = Buffer.from(encoded, 'base64');
  const exact = key.toString('base64') === encoded;
  return exact && key.length >= FEWEST_BYTES && key.length <= MOST_BYTES ? key : undefined;
}
