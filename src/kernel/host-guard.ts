import { FintechError } from './errors.ts';
import { type Problem, problem } from './problem.ts';

const LOOPBACK_NAMES = new Set(['localhost', '127.0.0.1', '[::1]']);
/** A DNS name or an IPv4 address (RFC 1123 §2.1), or an IPv6 address in brackets. */
const HOST_NAME = /^(?:[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\])$/i;
const MAX_NAME_LENGTH = 253;
const MAX_NAMES = 100;

/**
 * Refuses requests a browser was tricked into sending (DNS rebinding, cross-site forms):
 * `Host` must name loopback or one of `allowedHosts`, and so must `Origin` where it is sent.
 * @returns the problem to answer with (421 or 403), or undefined when the request may pass
 */
export function guardHost(
  headers: { host?: string | undefined; origin?: string | undefined },
  allowedHosts: ReadonlySet<string> = new Set(),
): Problem | undefined {
  const known = (name: string | undefined) => name !== undefined && isKnownHost(name, allowedHosts);
  if (!known(hostNameOf(headers.host))) {
    return problem(421, 'unknown-host', {
      title: 'Misdirected request',
      detail: 'The Host header names no host of this sandbox.',
    });
  }
  if (headers.origin !== undefined && !known(originNameOf(headers.origin))) {
    return problem(403, 'cross-site', {
      title: 'Cross-site request refused',
      detail: 'The Origin header names another site.',
    });
  }
  return undefined;
}

/** Whether a name in lower case is of loopback, or one that is allowed besides. */
export function isKnownHost(name: string, allowedHosts: ReadonlySet<string>): boolean {
  return LOOPBACK_NAMES.has(name) || allowedHosts.has(name);
}

/**
 * Reads the variable `ALLOWED_HOSTS`: host names without a port, separated by commas; absent or
 * empty means none.
 * @returns the names in lower case, as `guardHost` compares them
 * @throws FintechError USAGE_INVALID for what is no host name, and for more than 100
 */
export function readAllowedHosts(text: string | undefined): string[] {
  if (text === undefined || text.trim() === '') return [];
  const names = text.split(',').map((name) => name.trim().toLowerCase());
  const wrong = names.find((name) => name.length > MAX_NAME_LENGTH || !HOST_NAME.test(name));
  if (wrong !== undefined) {
    const shown = JSON.stringify(wrong.slice(0, MAX_NAME_LENGTH));
    throw new FintechError('USAGE_INVALID', `ALLOWED_HOSTS holds ${shown}, which is no host name`, {
      hint: 'Write names without scheme and port, separated by commas: identity,gateway.',
    });
  }
  if (names.length > MAX_NAMES) {
    const message = `ALLOWED_HOSTS holds ${names.length} names; ${MAX_NAMES} are the most`;
    throw new FintechError('USAGE_INVALID', message, { hint: 'Leave some out.' });
  }
  return names;
}

function hostNameOf(host: string | undefined): string | undefined {
  return /^(\[[0-9a-fA-F:.]+\]|[^:[\]]+)(?::\d{1,5})?$/.exec(host ?? '')?.[1]?.toLowerCase();
}

function originNameOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).hostname : undefined;
}
