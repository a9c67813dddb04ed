import { request } from 'undici';
import { parseJsonText } from '../../kernel/json-text.ts';
import { type Log, silentLog } from '../../kernel/log.ts';
import type { Clock } from '../../kernel/time.ts';
import type { JwksSource } from './jwks-source.ts';
import { type KeySet, readKeySet } from './key-set.ts';

const REFETCH_MIN_MS = 30_000;
/** Without any keys, an issuer that is just starting is asked more often. */
const RETRY_MS = 250;
/** Older keys are renewed in the background, so that a retired key does not live on. */
const FRESH_MS = 60_000;
/** Keys this old are used no more, even if the issuer stays away. */
const USABLE_MS = 10 * 60_000;
const TIMEOUT_MS = 5_000;
const MAX_BODY_BYTES = 256 * 1024;

export interface RemoteJwksOptions {
  /** The `jwks_uri` of the issuer; redirects are not followed. */
  url: string;
  clock: Clock;
  /** Told of keys that are published but cannot be used. */
  log?: Log;
}

/**
 * The keys an issuer publishes, cached. After the first load they are refetched at most once in
 * 30 s whatever tokens ask for, one fetch at a time; an unreadable answer changes nothing.
 */
export function remoteJwks(options: RemoteJwksOptions): JwksSource {
  return new RemoteJwks(options);
}

class RemoteJwks implements JwksSource {
  readonly #url: string;
  readonly #clock: Clock;
  readonly #log: Log;
  #known: { keySet: KeySet; text: string; loadedMs: number } | undefined;
  #nextFetchMs = 0;
  #fetching: Promise<void> | undefined;

  constructor({ url, clock, log = silentLog }: RemoteJwksOptions) {
    this.#url = url;
    this.#clock = clock;
    this.#log = log;
  }

  async current(): Promise<KeySet | undefined> {
    const ageMs = this.#clock.monotonicMs() - (this.#known?.loadedMs ?? 0);
    if (ageMs >= USABLE_MS) this.#known = undefined;
    if (this.#known === undefined) await this.#fetch();
    else if (ageMs >= FRESH_MS) void this.#fetch();
    return this.#known?.keySet;
  }

  async renewed(): Promise<KeySet | undefined> {
    await this.#fetch();
    return this.#known?.keySet;
  }

  #fetch(): Promise<void> {
    const startMs = this.#clock.monotonicMs();
    if (this.#fetching !== undefined || startMs < this.#nextFetchMs) {
      return this.#fetching ?? Promise.resolve();
    }
    const isRefetch = this.#known !== undefined;
    this.#fetching = this.#load().finally(() => {
      this.#fetching = undefined;
      // The first load is no refetch: a key made right after it is found at once.
      const pauseMs = isRefetch ? REFETCH_MIN_MS : this.#known === undefined ? RETRY_MS : 0;
      this.#nextFetchMs = startMs + pauseMs;
    });
    return this.#fetching;
  }

  async #load(): Promise<void> {
    const text = await this.#read();
    const keySet = text === this.#known?.text ? this.#known.keySet : parseKeySet(text);
    if (keySet === undefined) return;
    if (keySet !== this.#known?.keySet) {
      for (const key of keySet.leftOut) this.#log('warn', 'published key left out', { ...key });
    }
    this.#known = { keySet, text, loadedMs: this.#clock.monotonicMs() };
  }

  /** The body of a 200 answer, or nothing at all. */
  async #read(): Promise<string> {
    const timeout = new AbortController();
    using _timer = this.#clock.after(TIMEOUT_MS, () => timeout.abort());
    try {
      const { statusCode, body } = await request(this.#url, {
        signal: timeout.signal,
        headers: { accept: 'application/jwk-set+json, application/json' },
      });
      const chunks: Buffer[] = [];
      let bytes = 0;
      for await (const chunk of body as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (statusCode !== 200 || bytes > MAX_BODY_BYTES) return '';
        chunks.push(chunk);
      }
      return Buffer.concat(chunks).toString('utf8');
    } catch {
      return '';
    }
  }
}

function parseKeySet(text: string): KeySet | undefined {
  try {
    parseJsonText(text);
    return readKeySet(JSON.parse(text));
  } catch {
    return undefined;
  }
}
