import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Log } from '../../kernel/log.ts';
import { systemRandom } from '../../kernel/random.ts';
import { systemClock } from '../../kernel/time.ts';
import type { RouteConfig, ScopeClaim } from '../../model/config.ts';
import { AUDIENCE, ecKey, ISSUER, type TestKey, token } from '../access/issuer.fixture.ts';
import type { GatewayLimits } from './limits.ts';
import { serveGateway } from './serve.ts';

/** A server of a test, closed at once when disposed. */
export interface TestServer extends AsyncDisposable {
  server: Server;
  port: number;
  url: string;
}

/** What a test server does with a request. */
export type TestListener = (request: IncomingMessage, response: ServerResponse) => unknown;

export async function listening(listener: TestListener): Promise<TestServer> {
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    // A request that is cut fails whoever reads it; the gateway's side is what tests look at.
    Promise.resolve(listener(request, response)).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;
  return {
    server,
    port,
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A registry that speaks `/v1/health/service/:name` with blocking queries, as Consul does. */
export class FakeRegistry {
  readonly asked: string[] = [];
  /** Replaces the answer, to play a registry that fails. */
  override: TestListener | undefined;
  index = 7;
  readonly #ports = new Map<string, number[]>();
  readonly #held = new Set<() => void>();

  get held(): number {
    return this.#held.size;
  }

  /** Sets the ports on which a service is healthy, and wakes who waits. */
  set(service: string, ports: number[]): void {
    this.#ports.set(service, ports);
    this.index++;
    for (const wake of this.#held) wake();
  }

  readonly listener: TestListener = (request, response) => {
    const url = new URL(request.url ?? '', 'http://registry');
    this.asked.push(`${url.pathname}${url.search}`);
    if (this.override === undefined) this.#answer(url, response);
    else this.override(request, response);
  };

  #answer(url: URL, response: ServerResponse): void {
    const service = decodeURIComponent(url.pathname.split('/v1/health/service/')[1] ?? '');
    const answer = () => {
      this.#held.delete(answer);
      response.setHeader('x-consul-index', this.index);
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify((this.#ports.get(service) ?? []).map(healthEntry)));
    };
    if (Number(url.searchParams.get('index')) < this.index) answer();
    else this.#held.add(answer);
    response.once('close', () => this.#held.delete(answer));
  }
}

function healthEntry(port: number): object {
  return {
    Node: { ID: 'n', Node: 'node', Address: '127.0.0.1', Datacenter: 'dc1' },
    Service: { ID: `instance-${port}`, Service: 's', Tags: [], Address: '', Port: port },
    Checks: [],
  };
}

const KEY: TestKey = ecKey('sandbox-1');

/** A token good for two hours from now, with these scopes. */
export function bearer(scope = 'payments:write', claims: Record<string, unknown> = {}): string {
  const nowS = Math.floor(systemClock.now() / 1000);
  return `Bearer ${token(KEY, { claims: { iat: nowS, exp: nowS + 7200, scope, ...claims } })}`;
}

export interface TestGateway extends AsyncDisposable {
  url: string;
  port: number;
  registry: FakeRegistry;
  /** Whether it shows its keys, and how often it was asked for them. */
  issuer: { answers: boolean; asked: number };
  /** Lines of the access log and others. */
  lines: { level: string; message: string; [field: string]: unknown }[];
  /** Stops the gateway alone. */
  stop(): Promise<void>;
}

const ROUTES: RouteConfig[] = [
  { path: '/open', service: 'echo', public: true },
  { path: '/v1/payments', service: 'echo', scopes: ['payments:write'] },
];

/** A gateway with its own fake registry and issuer; the service `echo` answers on `ports`. */
export async function startGateway(options: {
  ports: number[];
  routes?: RouteConfig[];
  limits?: Partial<GatewayLimits>;
  allowedHosts?: string[];
  /** Whether the issuer shows its keys from the start. */
  issuerAnswers?: boolean;
  /** What the issuer publishes. */
  jwks?: { keys: object[] };
  publishedPort?: number;
  dpopNonce?: 'required';
  scopeClaim?: ScopeClaim;
}): Promise<TestGateway> {
  const stack = new AsyncDisposableStack();
  const registry = new FakeRegistry();
  registry.set('echo', options.ports);
  const issuer = { answers: options.issuerAnswers ?? true, asked: 0 };
  const published = options.jwks ?? { keys: [KEY.jwk] };
  const registryServer = stack.use(await listening(registry.listener));
  const jwks = stack.use(
    await listening((_request, response) => {
      issuer.asked++;
      if (issuer.answers) response.end(JSON.stringify(published));
      else response.writeHead(503).end();
    }),
  );
  const lines: TestGateway['lines'] = [];
  const log: Log = (level, message, fields) => void lines.push({ level, message, ...fields });
  const gateway = await serveGateway(
    {
      listen: { host: '127.0.0.1', port: 0 },
      routes: options.routes ?? ROUTES,
      registryUrl: registryServer.url,
      issuer: ISSUER,
      jwksUrl: `${jwks.url}/jwks`,
      audience: AUDIENCE,
      limits: options.limits ?? {},
      allowedHosts: options.allowedHosts ?? [],
      publishedPort: options.publishedPort,
      dpopNonce: options.dpopNonce,
      scopeClaim: options.scopeClaim,
    },
    { clock: systemClock, random: systemRandom, log },
  );
  stack.use(gateway);
  await until(() => registry.held > 0 || registry.override !== undefined);
  return {
    url: gateway.url,
    port: Number(new URL(gateway.url).port),
    registry,
    issuer,
    lines,
    stop: async () => gateway[Symbol.asyncDispose](),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Waits for a condition, 5 s at most. */
export async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries > 500) throw new Error('The condition did not come true within 5 s.');
    await systemClock.sleep(10);
  }
}

/** Sends bytes on a connection of its own; gives all that came back once it is closed or silent. */
export async function sendRaw(port: number, text: string, silenceMs = 300): Promise<RawAnswer> {
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', () => {});
  const closed = new Promise<boolean>((resolve) => socket.once('close', () => resolve(true)));
  socket.write(Buffer.from(text, 'latin1'));
  const isClosed = await Promise.race([closed, systemClock.sleep(silenceMs).then(() => false)]);
  socket.destroy();
  const all = Buffer.concat(chunks).toString('latin1');
  return { text: all, status: Number(/^HTTP\/1\.1 (\d{3})/.exec(all)?.[1] ?? 0), isClosed };
}

export interface RawAnswer {
  text: string;
  status: number;
  isClosed: boolean;
}

export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
