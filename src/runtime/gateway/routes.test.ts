import { describe, expect, it } from 'vitest';
import type { RouteConfig } from '../../model/config.ts';
import { checkRoutes } from './check-routes.ts';
import { routeTable } from './routes.ts';

const route = (path: string, rest: Partial<RouteConfig> = {}): RouteConfig => ({
  path,
  service: path,
  public: true,
  ...rest,
});

function serviceFor(routes: RouteConfig[], method: string, path: string): string | undefined {
  return routeTable(routes).match(method, path)?.service;
}

describe('the route of a request', () => {
  it('is the exact one before any prefix', () => {
    const routes = [route('/a/b'), route('/a/b', { exact: true, service: 'exact' }), route('/')];
    expect(serviceFor(routes, 'GET', '/a/b')).toBe('exact');
    expect(serviceFor(routes, 'GET', '/a/b/')).toBe('/a/b');
    expect(serviceFor(routes, 'GET', '/a/b/c')).toBe('/a/b');
  });

  it('is the one with the longest prefix, of whole segments', () => {
    const routes = [route('/'), route('/v2'), route('/v2/deep/er'), route('/v2/deep')];
    expect(serviceFor(routes, 'GET', '/v2/deep/er/x')).toBe('/v2/deep/er');
    expect(serviceFor(routes, 'GET', '/v2/deep/erx')).toBe('/v2/deep');
    expect(serviceFor(routes, 'GET', '/v2')).toBe('/v2');
    expect(serviceFor(routes, 'GET', '/v2/')).toBe('/v2');
    expect(serviceFor(routes, 'GET', '/v2example')).toBe('/');
    expect(serviceFor(routes, 'GET', '/V2')).toBe('/');
    expect(serviceFor(routes, 'GET', '/')).toBe('/');
  });

  it('is the one that names the method before one that takes all', () => {
    const routes = [route('/a'), route('/a', { methods: ['POST'], service: 'post' })];
    expect(serviceFor(routes, 'POST', '/a')).toBe('post');
    expect(serviceFor(routes, 'GET', '/a')).toBe('/a');
  });

  it('is a shorter prefix where the longer one does not take the method', () => {
    const routes = [route('/a/b', { methods: ['POST'] }), route('/a')];
    expect(serviceFor(routes, 'GET', '/a/b')).toBe('/a');
    const exact = [
      route('/a', { exact: true, methods: ['POST'] }),
      route('/', { service: 'root' }),
    ];
    expect(serviceFor(exact, 'GET', '/a')).toBe('root');
  });

  it('means the same with and without a slash at the end of a prefix', () => {
    expect(serviceFor([route('/a/')], 'GET', '/a')).toBe('/a/');
    expect(serviceFor([route('/a/')], 'GET', '/a/b')).toBe('/a/');
    expect(serviceFor([route('/a/', { exact: true })], 'GET', '/a')).toBeUndefined();
  });

  it('does not exist where nothing matches, method included', () => {
    const routes = [route('/a', { methods: ['GET'] }), route('/b')];
    expect(serviceFor(routes, 'HEAD', '/a')).toBeUndefined();
    expect(serviceFor(routes, 'GET', '/c')).toBeUndefined();
    expect(serviceFor(routes, 'TRACE', '/b')).toBeUndefined();
    expect(serviceFor(routes, 'OPTIONS', '*')).toBeUndefined();
    expect(serviceFor([], 'GET', '/')).toBeUndefined();
  });
});

describe('checking routes', () => {
  const messages = (...routes: RouteConfig[]) =>
    checkRoutes(routes).map(({ path, message }) => `${path} ${message}`);
  const closed = (path: string, rest: Partial<RouteConfig> = {}): RouteConfig => ({
    path,
    service: 's',
    ...rest,
  });

  it('finds nothing in good ones', () => {
    expect(
      messages(
        closed('/', { scopes: ['a'] }),
        closed('/a', { anyScope: ['a', 'AIS:7'] }),
        closed('/a', { scopes: ['a'], anyScope: ['b'], methods: ['GET'] }),
        closed('/a', { public: true, exact: true }),
        closed('/healthy', { public: true }),
      ),
    ).toEqual([]);
  });

  it.each<[string, RouteConfig]>([
    ['/gateway/routes/0 needs scopes, anyScope or public: true', closed('/a')],
    ['/gateway/routes/0 needs scopes, anyScope or public: true', closed('/a', { scopes: [] })],
    [
      '/gateway/routes/0/public cannot be true where scopes are needed',
      closed('/a', { public: true, scopes: ['a'] }),
    ],
    [
      '/gateway/routes/0/scopes/1 is no scope (RFC 6749 §3.3)',
      closed('/a', { scopes: ['a', 'b c'] }),
    ],
    [
      '/gateway/routes/0/anyScope/0 is no scope (RFC 6749 §3.3)',
      closed('/a', { anyScope: ['a"'] }),
    ],
    ['/gateway/routes/0/path /health and /metrics belong to the gateway itself', route('/health')],
    [
      '/gateway/routes/0/path /health and /metrics belong to the gateway itself',
      route('/health/x'),
    ],
    ['/gateway/routes/0/path /health and /metrics belong to the gateway itself', route('/metrics')],
    ['/gateway/routes/0/path matches no request; write it as /a', route('/%61')],
    [
      '/gateway/routes/0/path matches no request. It holds a "." or ".." segment.',
      route('/a/../b'),
    ],
  ])('finds that %s', (message, bad) => {
    expect(messages(bad)).toEqual([message]);
  });

  it('finds routes that hide behind another', () => {
    const hidden = 'is never reached: route 1 takes its requests';
    expect(messages(route('/a'), route('/a/'))).toEqual([`/gateway/routes/1 ${hidden}`]);
    expect(
      messages(
        route('/a', { methods: ['GET', 'POST'] }),
        route('/a', { methods: ['POST', 'PUT'] }),
      ),
    ).toEqual([`/gateway/routes/1 ${hidden}`]);
    expect(messages(route('/a', { methods: ['GET'] }), route('/a'))).toEqual([]);
  });
});
