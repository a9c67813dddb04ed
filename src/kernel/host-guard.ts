import { type Problem, problem } from './problem.ts';

const LOOPBACK_NAMES = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Refuses requests a browser was tricked into sending (DNS rebinding, cross-site forms):
 * `Host` must name loopback or one of `allowedHosts`, and so must `Origin` where it is sent.
 * @returns the problem to answer with (421 or 403), or undefined when the request may pass
 */
export function guardHost(
  headers: { host?: string | undefined; origin?: string | undefined },
  allowedHosts: ReadonlySet<string> = new Set(),
): Problem | undefined {
  const known = (name: string | undefined) =>
    name !== undefined && (LOOPBACK_NAMES.has(name) || allowedHosts.has(name));
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

function hostNameOf(host: string | undefined): string | undefined {
  return /^(\[[0-9a-fA-F:.]+\]|[^:[\]]+)(?::\d{1,5})?$/.exec(host ?? '')?.[1]?.toLowerCase();
}

function originNameOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).hostname : undefined;
}
