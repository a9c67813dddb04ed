import type { Violation } from '../../kernel/schema.ts';
import type { RouteConfig } from '../../model/config.ts';
import { isScope } from '../../model/names.ts';
import { readPath } from './request-path.ts';
import { isReserved, prefixOf } from './routes.ts';

/**
 * What the schema of `fintech.yaml` cannot say of routes: each is closed, opened by scopes, or
 * public, and never two of these; none takes a reserved path, or hides behind another.
 * @returns violations with paths from the root of the configuration, such as `/gateway/routes/3`
 */
export function checkRoutes(routes: readonly RouteConfig[]): Violation[] {
  const seen = new Map<string, number>();
  return routes.flatMap((route, index) => {
    const at = `/gateway/routes/${index}`;
    const faults = [...accessFaults(route), ...pathFaults(route.path)];
    const first = keysOf(route)
      .map((key) => seen.get(key))
      .find((one) => one !== undefined);
    if (first !== undefined) {
      faults.push({ path: '', message: `is never reached: route ${first + 1} takes its requests` });
    }
    for (const key of keysOf(route)) if (!seen.has(key)) seen.set(key, index);
    return faults.map(({ path, message }) => ({ path: `${at}${path}`, message }));
  });
}

function accessFaults(route: RouteConfig): Violation[] {
  const { scopes, anyScope } = route;
  const wanted = [...(scopes ?? []), ...(anyScope ?? [])];
  if (route.public !== true && wanted.length === 0) {
    return [{ path: '', message: 'needs scopes, anyScope or public: true' }];
  }
  if (route.public === true && wanted.length > 0) {
    return [{ path: '/public', message: 'cannot be true where scopes are needed' }];
  }
  return Object.entries({ scopes, anyScope }).flatMap(([member, list = []]) =>
    list.flatMap((scope, index) =>
      isScope(scope)
        ? []
        : [{ path: `/${member}/${index}`, message: 'is no scope (RFC 6749 §3.3)' }],
    ),
  );
}

function pathFaults(path: string): Violation[] {
  const reading = readPath(path);
  if (!reading.ok) return [{ path: '/path', message: `matches no request. ${reading.fault}` }];
  if (reading.path !== path) {
    return [{ path: '/path', message: `matches no request; write it as ${reading.path}` }];
  }
  if (!isReserved(path)) return [];
  return [{ path: '/path', message: '/health and /metrics belong to the gateway itself' }];
}

/** What a route answers for: another with one of these keys could never be chosen for it. */
function keysOf(route: RouteConfig): string[] {
  const place = route.exact === true ? `= ${route.path}` : `^ ${prefixOf(route.path)}`;
  return (route.methods ?? ['any']).map((method) => `${method} ${place}`);
}
