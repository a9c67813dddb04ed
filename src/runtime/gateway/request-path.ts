/**
 * The one rule for paths, of requests and of routes (RFC 3986 §6.2.2). A path that two readers
 * could take for different things is refused; the rest has one canonical form, which is what
 * routes are matched against and what the upstream sees:
 *
 * - percent-encoded unreserved characters are decoded, other escapes get upper-case digits;
 * - refused are broken escapes, `%2F`, `%5C`, `\`, control characters in any form, octets that are
 *   no UTF-8 (overlong forms too), `.` and `..` segments in any form (`%2e%2e`, `..;x`), and empty
 *   segments but the last;
 * - case matters, nothing is decoded twice, a trailing slash stays.
 */
export type PathReading = { ok: true; path: string } | { ok: false; fault: string };

// Visible ASCII that WHATWG URL leaves unescaped in a path.
const PATH = /^\/[!$-;=@-[\]_a-z|~]*$/;
const ESCAPE = /%([0-9A-Fa-f]{2})/g;
const BROKEN_ESCAPE = /%(?![0-9A-Fa-f]{2})/;
const SEPARATOR_ESCAPE = /%(?:2f|5c)/i;
const CONTROL_ESCAPE = /%(?:[01][0-9a-f]|7f)/i;
const UNRESERVED = /^[A-Za-z0-9._~-]$/;
const DOT_SEGMENT = /\/\.{1,2}(?:[/;]|$)/;

/** Reads a path without its query. */
export function readPath(raw: string): PathReading {
  if (!PATH.test(raw)) return { ok: false, fault: 'It holds a character that a path may not.' };
  const path = raw.includes('%') ? canonicalEscapes(raw) : raw;
  if (typeof path !== 'string') return { ok: false, fault: path.fault };
  if (DOT_SEGMENT.test(path)) return { ok: false, fault: 'It holds a "." or ".." segment.' };
  if (path.includes('//')) return { ok: false, fault: 'It holds an empty segment.' };
  return { ok: true, path };
}

function canonicalEscapes(raw: string): string | { fault: string } {
  if (BROKEN_ESCAPE.test(raw)) return { fault: 'It holds a broken percent escape.' };
  if (SEPARATOR_ESCAPE.test(raw)) return { fault: 'It holds an escaped slash or backslash.' };
  if (CONTROL_ESCAPE.test(raw)) return { fault: 'It holds an escaped control character.' };
  if (!isUtf8(raw)) return { fault: 'Its percent escapes are not UTF-8.' };
  return raw.replaceAll(ESCAPE, (escape: string, digits: string) => {
    const character = String.fromCharCode(Number.parseInt(digits, 16));
    return UNRESERVED.test(character) ? character : escape.toUpperCase();
  });
}

function isUtf8(raw: string): boolean {
  try {
    decodeURIComponent(raw);
    return true;
  } catch {
    return false;
  }
}
