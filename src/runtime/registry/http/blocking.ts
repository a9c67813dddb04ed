import type { Random } from '../../../kernel/random.ts';
import type { Registry } from '../registry.ts';
import type { Topic } from '../topics.ts';
import type { Answer, ApiRequest } from './endpoint.ts';
import { type QueryOptions, readQueryOptions } from './query.ts';

/** Answers a read of one topic, after its index passed `?index=` or the wait is over. */
export type BlockingRead = (
  request: ApiRequest,
  topic: Topic,
  read: () => unknown,
) => Promise<Answer>;

/**
 * Consul's blocking queries: default wait 300 s, at most 600 s, and up to a sixteenth more, so that
 * clients that began together do not end together. Clients give up only after a tenth more.
 */
export function blockingReads(registry: Registry, random: Random): BlockingRead {
  return async (request, topic, read) => {
    const options = readQueryOptions(request.query);
    if (options.afterIndex > 0) {
      const ms = options.waitMs * (1 + random.fraction() / 16);
      await registry.changed(topic, options.afterIndex, { ms, signal: request.signal });
    }
    return { json: read(), headers: queryHeaders(registry.catalog.indexOf(topic), options) };
  };
}

function queryHeaders(
  index: number,
  { consistency, cached }: QueryOptions,
): Record<string, string> {
  return {
    'X-Consul-Index': String(index),
    'X-Consul-KnownLeader': 'true',
    'X-Consul-LastContact': '0',
    'X-Consul-Effective-Consistency': consistency,
    'X-Consul-Query-Backend': 'blocking-query',
    // Read from memory each time: never older than the moment of the answer.
    ...(cached ? { 'X-Cache': 'MISS', Age: '0' } : {}),
  };
}
