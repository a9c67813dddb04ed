import type { RouteConfig } from '../../model/config.ts';

/** Finds the route of a request: exact path > longest prefix > method > first. */
export interface RouteTable {
  /**
   * @param path canonical, as `readPath` gives it
   * @returns undefined when no route matches, method included
   */
  match(method: string, path: string): RouteConfig | undefined;
}

const ROUTED_METHODS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
]);

const RESERVED = /^\/(?:health|metrics)(?:\/|$)/;

/** Whether a path belongs to the gateway itself: `/health`, `/metrics`, and all below. */
export function isReserved(path: string): boolean {
  return RESERVED.test(path);
}

/** Precedence as of the Gateway API's HTTPRoute. A prefix matches whole segments. */
export function routeTable(routes: readonly RouteConfig[]): RouteTable {
  const exact = Map.groupBy(
    routes.filter((route) => route.exact === true),
    (route) => route.path,
  );
  const prefixes = Map.groupBy(
    routes.filter((route) => route.exact !== true),
    (route) => prefixOf(route.path),
  );
  return {
    match(method, path) {
      if (!ROUTED_METHODS.has(method)) return undefined;
      const found = byMethod(exact.get(path), method);
      if (found !== undefined) return found;
      for (const prefix of segmentPrefixes(path)) {
        const route = byMethod(prefixes.get(prefix), method);
        if (route !== undefined) return route;
      }
      return undefined;
    },
  };
}

/** A prefix with or without a trailing slash means the same. */
export function prefixOf(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

/** `/a/b` gives `/a/b`, `/a`, and the empty text, which is the prefix `/`. */
function* segmentPrefixes(path: string): Generator<string> {
  for (let end = path.length; end !== -1; end = end === 0 ? -1 : path.lastIndexOf('/', end - 1)) {
    yield path.slice(0, end);
  }
}

function byMethod(
  routes: readonly RouteConfig[] | undefined,
  method: string,
): RouteConfig | undefined {
  return (
    routes?.find((route) => route.methods?.some((one) => one === method)) ??
    routes?.find((route) => route.methods === undefined)
  );
}
