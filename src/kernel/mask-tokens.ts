/** A JWT, a JWE or the beginning of one (each starts with `{"`), and a client secret of a sandbox. */
const CREDENTIAL = /eyJ[\w-]{8,}(?:\.[\w-]*){1,4}|sandbox_[\w-]{43}/g;

/**
 * The text without credentials: people put tokens where names or paths belong, and what we say of
 * that ends up in logs and reports.
 */
export function maskTokens(text: string): string {
  if (!text.includes('eyJ') && !text.includes('sandbox_')) return text;
  return text.replace(CREDENTIAL, '(a token)');
}
