/** An absolute http URI, without user information, in ASCII (RFC 3986 §4.3, RFC 9110 §4.2). */
const HTTP_URI = /^https?:\/\/[A-Za-z0-9._~[\]:-]+(?:[/?#][!-[\]-~]*)?$/i;
const UNRESERVED = /^[A-Za-z0-9._~-]$/;

/**
 * Reads an `htu` (RFC 9449 §4.3): query and fragment ignored, the rest normalised by RFC 3986
 * §6.2.2 and §6.2.3: case of scheme and host, default port, empty path, dot segments, escapes.
 */
export function readTarget(uri: string): { origin: string; path: string } | undefined {
  const url = HTTP_URI.test(uri) ? URL.parse(uri) : null;
  return url === null ? undefined : { origin: url.origin, path: normalEscapes(url.pathname) };
}

/** The path of a request in the same form; a target that is no path has none. */
export function normalPath(path: string): string | undefined {
  const url = path.startsWith('/') ? URL.parse(`http://host${path}`) : null;
  return url === null ? undefined : normalEscapes(url.pathname);
}

function normalEscapes(path: string): string {
  return path.replaceAll(/%([0-9A-Fa-f]{2})/g, (escape: string, digits: string) => {
    const character = String.fromCharCode(Number.parseInt(digits, 16));
    return UNRESERVED.test(character) ? character : escape.toUpperCase();
  });
}
