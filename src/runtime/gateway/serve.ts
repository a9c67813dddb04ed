import type { ComponentDeps, DoorOptions, ServeComponent } from '../../kernel/component.ts';
import { FintechError } from '../../kernel/errors.ts';
import type { RouteConfig, ScopeClaim } from '../../model/config.ts';
import { DpopNonces } from '../access/policies/dpop-nonces.ts';
import { ReplayMemory } from '../access/policies/replay-memory.ts';
import type { AccessPolicies } from '../access/policies/contract.ts';
import { PublishedOrigins } from '../access/published-origins.ts';
import { remoteJwks } from '../access/remote-jwks.ts';
import { createTokenVerifier } from '../access/verifier.ts';
import { checkRoutes } from './check-routes.ts';
import { discover } from './discovery.ts';
import { FrontServer } from './front-server.ts';
import { Gateway, type GatewayParts } from './gateway.ts';
import { DEFAULT_LIMITS, type GatewayLimits } from './limits.ts';
import { GatewayMetrics } from './metrics.ts';
import { routeTable } from './routes.ts';
import { Upstreams } from './upstreams.ts';

export interface GatewayOptions {
  routes: readonly RouteConfig[];
  /** Base URL of a registry that speaks Consul's HTTP API v1. */
  registryUrl: string;
  issuer: string;
  jwksUrl: string;
  /** Tokens must be meant for it. */
  audience: string;
  /** The claim that holds the scopes of a token; `scope` by default. */
  scopeClaim?: ScopeClaim | undefined;
  /** Whether DPoP proofs must hold a nonce of the gateway (RFC 9449 §9). */
  dpopNonce?: 'required' | undefined;
  limits?: Partial<GatewayLimits>;
}

/**
 * Starts the gateway. It listens at once; `/health/ready` says when keys and instances are known.
 * @throws FintechError CONFIG_INVALID when a route breaks a rule of `checkRoutes`
 */
export const serveGateway: ServeComponent<GatewayOptions> = async (options, deps) => {
  const [violation] = checkRoutes(options.routes);
  if (violation !== undefined) {
    throw new FintechError('CONFIG_INVALID', `${violation.path} ${violation.message}.`);
  }
  await using stack = new AsyncDisposableStack();
  const origins = new PublishedOrigins(options);
  const parts = partsOf({ ...options, origins }, deps, stack);
  const { limits, metrics } = parts;
  const onUnreadable = () => metrics.unreadable();
  const server = new FrontServer(new Gateway(parts, deps), {
    limits,
    clock: deps.clock,
    onUnreadable,
  });
  const port = await server.listen(options.listen);
  // Keys are asked for now, so that the first request need not wait for them.
  void parts.isReady();
  stack.defer(() => server.close());
  const running = stack.move();
  const { host } = options.listen;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  origins.bound(url);
  return {
    url,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
};

function partsOf(
  options: GatewayOptions & DoorOptions & { origins: PublishedOrigins },
  deps: ComponentDeps,
  stack: AsyncDisposableStack,
): GatewayParts {
  const { issuer, audience, scopeClaim, registryUrl, jwksUrl: url } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const keys = remoteJwks({ url, clock: deps.clock, log: deps.log });
  const upstreams = stack.use(new Upstreams(limits));
  const services = [...new Set(options.routes.map(({ service }) => service))];
  const onChange = (origins: ReadonlySet<string>) => upstreams.retain(origins);
  const discovery = stack.use(discover({ registryUrl, services, onChange }, deps));
  return {
    routes: routeTable(options.routes),
    verifier: createTokenVerifier({
      issuer,
      audience,
      scopeClaim,
      keys,
      clock: deps.clock,
      policies: policiesOf(options, deps),
    }),
    discovery,
    upstreams,
    metrics: new GatewayMetrics(),
    limits,
    allowedHosts: new Set(options.allowedHosts),
    isReady: async () => (await keys.current()) !== undefined && discovery.isReady(),
  };
}

function policiesOf(
  { origins, dpopNonce }: Pick<GatewayOptions, 'dpopNonce'> & { origins: PublishedOrigins },
  { random }: ComponentDeps,
): AccessPolicies {
  const dpop = { isPublished: (origin: string) => origins.has(origin), memory: new ReplayMemory() };
  if (dpopNonce === undefined) return { dpop };
  return { dpop, 'dpop-nonce': new DpopNonces(random.bytes(32)) };
}
