import type { ComponentDeps, DoorOptions, RunningComponent } from '../../kernel/component.ts';
import { FintechError } from '../../kernel/errors.ts';
import { readAllowedHosts } from '../../kernel/host-guard.ts';
import type { RouteConfig, ScopeClaim } from '../../model/config.ts';
import type { Audience, ComponentName } from '../../model/names.ts';
import type { serveIdentity } from '../identity/serve.ts';
import { announce, announceExternal, type Patience } from './announce.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Starts one component as its environment says, and enters it into the registry. It is what a
 * container runs, and what the embedded driver runs four times in one process.
 * @param deps with `patience`, it waits for the registry; it serves meanwhile
 */
export async function serveComponent(
  name: ComponentName,
  environment: Environment,
  deps: ComponentDeps & { patience?: Patience },
): Promise<RunningComponent> {
  const read = (variable: string) => required(name, environment, variable);
  const door = {
    listen: { host: read('HOST'), port: Number(read('PORT')) },
    allowedHosts: readAllowedHosts(environment['ALLOWED_HOSTS']),
    publishedPort: Number(read('PUBLISHED_PORT')),
  };
  await using starting = new AsyncDisposableStack();
  const component = starting.use(await START[name](read, door, deps));
  const announcement = {
    registryUrl: name === 'registry' ? loopbackUrl(component.url) : read('CONSUL_HTTP_ADDR'),
    name,
    host: read('ADVERTISE_HOST'),
    port: Number(read('ADVERTISE_PORT')),
  };
  starting.use(await announce(announcement, deps, deps.patience));
  for (const [service, url] of Object.entries(externalServices(environment))) {
    starting.use(await announceExternal(announcement.registryUrl, { name: service, url }, deps));
  }
  const running = starting.move();
  return { url: component.url, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** Services that run elsewhere, by name: the registry is given them, and enters them while it runs. */
function externalServices(environment: Environment): Record<string, string> {
  return JSON.parse(environment['FINTECH_EXTERNAL'] ?? '{}') as Record<string, string>;
}

/** Where a server that listens on every address reaches itself. */
function loopbackUrl(url: string): string {
  return url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
}

type Issuer = Parameters<typeof serveIdentity>[0];

/** Reads one variable. What the plan encoded as JSON was validated before it was encoded. */
type Read = (variable: string) => string;
type Start = (read: Read, door: DoorOptions, deps: ComponentDeps) => Promise<RunningComponent>;

const START: Readonly<Record<ComponentName, Start>> = {
  registry: async (read, door, deps) => {
    const { serveRegistry } = await import('../registry/serve.ts');
    return serveRegistry({ ...door, dataDir: read('DATA_DIR') }, deps);
  },
  identity: async (read, door, deps) => {
    const { serveIdentity } = await import('../identity/serve.ts');
    return serveIdentity(
      {
        ...door,
        dataDir: read('DATA_DIR'),
        keysDir: read('KEYS_DIR'),
        issuer: read('FINTECH_ISSUER'),
        clients: JSON.parse(read('FINTECH_CLIENTS')) as Issuer['clients'],
        personas: JSON.parse(read('FINTECH_PERSONAS')) as Issuer['personas'],
        scopes: JSON.parse(read('FINTECH_SCOPES')) as Record<Audience, string[]>,
      },
      deps,
    );
  },
  events: async (read, door, deps) => {
    const { serveEvents } = await import('../eventstore/serve.ts');
    const engine = read('FINTECH_ENGINE');
    if (engine !== 'sqlite' && engine !== 'memory') {
      throw new FintechError('USAGE_INVALID', `FINTECH_ENGINE=${engine} is no engine`, {
        hint: 'Engines are sqlite and memory.',
      });
    }
    return serveEvents({ ...door, dataDir: read('DATA_DIR'), engine, ...issuerOf(read) }, deps);
  },
  gateway: async (read, door, deps) => {
    const { serveGateway } = await import('../gateway/serve.ts');
    return serveGateway(
      {
        ...door,
        routes: JSON.parse(read('FINTECH_ROUTES')) as RouteConfig[],
        registryUrl: read('CONSUL_HTTP_ADDR'),
        audience: 'api',
        scopeClaim: read('FINTECH_SCOPE_CLAIM') as ScopeClaim,
        dpopNonce: read('FINTECH_DPOP_NONCE') === 'required' ? 'required' : undefined,
        ...issuerOf(read),
      },
      deps,
    );
  },
};

function issuerOf(read: Read): { issuer: string; jwksUrl: string } {
  return { issuer: read('FINTECH_ISSUER'), jwksUrl: read('FINTECH_JWKS_URL') };
}

function required(name: ComponentName, environment: Environment, variable: string): string {
  const value = environment[variable];
  if (value !== undefined && value !== '') return value;
  throw new FintechError('USAGE_MISSING_VALUE', `${name} needs ${variable} in its environment`, {
    hint: 'Components are started by `fintech up`.',
  });
}
