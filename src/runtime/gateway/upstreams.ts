import { Pool } from 'undici';
import { MAX_HEADER_BYTES, type GatewayLimits } from './limits.ts';

/** One pool of connections for each instance in use. */
export class Upstreams implements AsyncDisposable {
  readonly #limits: GatewayLimits;
  readonly #pools = new Map<string, Pool>();

  constructor(limits: GatewayLimits) {
    this.#limits = limits;
  }

  /** Connections are as many as requests in progress, which are limited at the door. */
  poolOf(origin: string): Pool {
    let pool = this.#pools.get(origin);
    if (pool === undefined) {
      pool = new Pool(origin, {
        allowH2: false,
        pipelining: 1,
        connectTimeout: this.#limits.connectMs,
        headersTimeout: this.#limits.upstreamHeadersMs,
        bodyTimeout: this.#limits.upstreamIdleMs,
        maxHeaderSize: MAX_HEADER_BYTES,
      });
      this.#pools.set(origin, pool);
    }
    return pool;
  }

  /** Closes the pools of instances that are gone, after the requests they carry. */
  retain(origins: ReadonlySet<string>): void {
    for (const [origin, pool] of this.#pools) {
      if (origins.has(origin)) continue;
      this.#pools.delete(origin);
      void pool.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }
}
