import { parseGoDurationMs } from '../go-duration.ts';
import { DATACENTER } from '../records.ts';
import { notSupported, Refusal } from '../refusal.ts';

const DEFAULT_WAIT_MS = 300_000;
const MAX_WAIT_MS = 600_000;
const UNSUPPORTED = ['filter', 'hash', 'sg'];
const UNSUPPORTED_FLAGS = ['merge-central-config'];
const TRUE = new Set(['', '1', 't', 'T', 'TRUE', 'true', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

/** The query string of a request. */
export class Query {
  readonly #parameters: URLSearchParams;

  constructor(search: string) {
    this.#parameters = new URLSearchParams(search);
  }

  has(name: string): boolean {
    return this.#parameters.has(name);
  }

  /** The first value, empty when absent. */
  get(name: string): string {
    return this.#parameters.get(name) ?? '';
  }

  all(name: string): string[] {
    return this.#parameters.getAll(name);
  }

  /** On when present, unless its value says false. @throws Refusal 400 for any other value */
  flag(name: string): boolean {
    const value = this.#parameters.get(name);
    if (value === null || FALSE.has(value)) return false;
    if (TRUE.has(value)) return true;
    throw new Refusal(400, `Invalid value for ?${name}: ${JSON.stringify(value.slice(0, 40))}`);
  }
}

/** How a blocking query reads and waits. */
export interface QueryOptions {
  /** 0 answers at once. */
  afterIndex: number;
  waitMs: number;
  consistency: 'leader' | 'stale' | 'consistent';
  cached: boolean;
}

/**
 * Refuses what would change the answer and is not built, so that nothing is silently ignored.
 * @throws Refusal 501, or 400 for another datacenter, namespace, partition or peer
 */
export function refuseUnsupported(query: Query): void {
  const refused =
    UNSUPPORTED.find((name) => query.get(name) !== '') ??
    UNSUPPORTED_FLAGS.find((name) => query.flag(name));
  if (refused !== undefined) throw notSupported(`query parameter ${JSON.stringify(refused)}`);
  if (!['', DATACENTER].includes(query.get('dc'))) {
    throw new Refusal(400, `No path to datacenter: the only one is ${JSON.stringify(DATACENTER)}`);
  }
  for (const name of ['ns', 'partition', 'peer']) {
    const standard = name === 'peer' ? ['', 'local'] : ['', 'default'];
    if (!standard.includes(query.get(name))) {
      throw new Refusal(400, `Invalid ${name}: only the default exists`);
    }
  }
}

/** @throws Refusal 400 with Consul's words for a bad index, wait or consistency */
export function readQueryOptions(query: Query): QueryOptions {
  const stale = query.flag('stale');
  const consistent = query.flag('consistent');
  if (stale && consistent) {
    throw new Refusal(400, 'Cannot specify ?stale with ?consistent, conflicting semantics.');
  }
  return {
    afterIndex: readIndex(query.get('index')),
    waitMs: readWait(query.get('wait')),
    consistency: stale ? 'stale' : consistent ? 'consistent' : 'leader',
    cached: query.flag('cached'),
  };
}

/** The `node-meta=key:value` pairs, all of which a node must have. */
export function readNodeMeta(query: Query): [string, string][] {
  return query.all('node-meta').map((pair) => {
    const [key = '', ...rest] = pair.split(':');
    return [key, rest.join(':')];
  });
}

function readIndex(text: string): number {
  const index = Number(text);
  // 64-bit in Consul; ours stay far below 2^53, so that more only means "not yet".
  if (!/^\d{0,20}$/.test(text)) throw new Refusal(400, 'Invalid index');
  return index;
}

function readWait(text: string): number {
  const waitMs = text === '' ? 0 : parseGoDurationMs(text);
  if (waitMs === undefined) throw new Refusal(400, 'Invalid wait time');
  return waitMs === 0 ? DEFAULT_WAIT_MS : Math.min(waitMs, MAX_WAIT_MS);
}
