import { Pool } from 'undici';
import type { ComponentDeps } from '../../kernel/component.ts';
import { messageOf } from '../../kernel/errors.ts';
import { type Instance, readInstances } from './instances.ts';

/** Healthy instances of the services that routes name, kept up to date by blocking queries. */
export interface Discovery extends AsyncDisposable {
  /** Whether the registry has answered for every service. */
  isReady(): boolean;
  /** The next healthy instance, in turn; undefined when there is none. */
  pick(service: string): Instance | undefined;
}

export interface DiscoveryOptions {
  registryUrl: string;
  services: readonly string[];
  /** Told all origins that are in use, after each change. */
  onChange: (origins: ReadonlySet<string>) => void;
}

const WAIT_S = 30;
const BACKOFF_MIN_MS = 100;
const BACKOFF_MAX_MS = 5_000;
/** A registry that never answered is likely just starting, and asked more often. */
const STARTING_BACKOFF_MAX_MS = 400;
const CONNECT_MS = 2_000;
/** The registry answers within wait + wait/16; a little more is an outage. */
const ANSWER_MS = 40_000;
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

interface Watched {
  instances: Instance[];
  turn: number;
}

/** Watches each service with a blocking query of its own (Consul: Features › Blocking Queries). */
export function discover(options: DiscoveryOptions, deps: ComponentDeps): Discovery {
  return new ConsulDiscovery(options, deps);
}

class ConsulDiscovery implements Discovery {
  readonly #options: DiscoveryOptions;
  readonly #deps: ComponentDeps;
  readonly #registry: Pool;
  readonly #basePath: string;
  readonly #stop = new AbortController();
  readonly #watched = new Map<string, Watched>();
  readonly #loops: Promise<void>[];

  constructor(options: DiscoveryOptions, deps: ComponentDeps) {
    this.#options = options;
    this.#deps = deps;
    const url = new URL(options.registryUrl);
    this.#basePath = url.pathname.replace(/\/$/, '');
    this.#registry = new Pool(url.origin, {
      connectTimeout: CONNECT_MS,
      headersTimeout: ANSWER_MS,
      bodyTimeout: ANSWER_MS,
      maxResponseSize: MAX_ANSWER_BYTES,
    });
    this.#loops = options.services.map((service) => this.#watch(service));
  }

  isReady(): boolean {
    return this.#options.services.every((service) => this.#watched.has(service));
  }

  pick(service: string): Instance | undefined {
    const watched = this.#watched.get(service);
    if (watched === undefined || watched.instances.length === 0) return undefined;
    watched.turn = (watched.turn + 1) % watched.instances.length;
    return watched.instances[watched.turn];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    // The signal does not reach a request whose connection is still being made; this does.
    await this.#registry.destroy();
    await Promise.all(this.#loops);
  }

  async #watch(service: string): Promise<void> {
    let index = 0;
    for (let failures = 0; !this.#stop.signal.aborted;) {
      try {
        const answer = await this.#ask(service, index);
        if (failures > 0) this.#deps.log('info', 'registry answers again', { service });
        failures = 0;
        this.#adopt(service, answer.instances);
        // An index that goes back means a new registry (Consul: reset to 0, once).
        index = answer.index < index ? 0 : answer.index;
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        if (failures === 0) {
          this.#deps.log('warn', 'registry does not answer', { service, why: messageOf(error) });
        }
        index = 0;
        await this.#pause(failures++, this.#watched.has(service));
      }
    }
  }

  async #ask(service: string, index: number): Promise<{ index: number; instances: Instance[] }> {
    const query = `passing=1&index=${index}&wait=${WAIT_S}s`;
    const { clock } = this.#deps;
    const startMs = clock.monotonicMs();
    const { statusCode, headers, body } = await this.#registry.request({
      method: 'GET',
      path: `${this.#basePath}/v1/health/service/${encodeURIComponent(service)}?${query}`,
      signal: this.#stop.signal,
    });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`status ${statusCode}`);
    const next = Number(headers['x-consul-index']);
    if (!Number.isSafeInteger(next) || next < 1) throw new Error('no X-Consul-Index');
    if (next === index && clock.monotonicMs() - startMs < BACKOFF_MIN_MS) {
      throw new Error('it does not hold blocking queries');
    }
    return { index: next, instances: readInstances(JSON.parse(text)) };
  }

  #adopt(service: string, instances: Instance[]): void {
    const before = this.#watched.get(service);
    this.#watched.set(service, { instances, turn: before?.turn ?? -1 });
    if (JSON.stringify(before?.instances ?? []) === JSON.stringify(instances)) return;
    const origins = instances.map(({ origin }) => origin);
    this.#deps.log('info', 'instances changed', { service, instances: origins });
    const inUse = [...this.#watched.values()].flatMap((watched) => watched.instances);
    this.#options.onChange(new Set(inUse.map(({ origin }) => origin)));
  }

  /** Exponential, with full jitter above the minimum, so that gateways do not come back at once. */
  async #pause(failures: number, hasAnswered: boolean): Promise<void> {
    const longestMs = hasAnswered ? BACKOFF_MAX_MS : STARTING_BACKOFF_MAX_MS;
    const ceilingMs = Math.min(longestMs, BACKOFF_MIN_MS * 2 ** failures);
    const ms = BACKOFF_MIN_MS + this.#deps.random.fraction() * (ceilingMs - BACKOFF_MIN_MS);
    await this.#deps.clock.sleep(ms, this.#stop.signal).catch(() => {});
  }
}
