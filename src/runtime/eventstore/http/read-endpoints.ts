import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../../kernel/time.ts';
import type { EventPage, EventStore } from '../contract.ts';
import { BATCH_JSON, JSON_TYPE, NDJSON, negotiate } from './accept.ts';
import { type Endpoint, type Exchange, streamParameter } from './endpoint.ts';
import { checkStreamName } from './events.ts';
import { followLines } from './follow.ts';
import { ReadParameters } from './read-parameters.ts';
import { Refusal } from './refusal.ts';
import type { ServerStats } from './stats.ts';

/** A JSON batch ends at whichever of its bounds comes first, and says where to go on. */
export const READ_LIMITS = {
  batchEvents: 1000,
  batchCharacters: 8_388_608,
  followers: 1000,
} as const;

export interface ReadDeps {
  store: EventStore;
  clock: Clock;
  stats: ServerStats;
  /** Aborted when the server stops. */
  stopping: AbortSignal;
}

export function readEndpoints(deps: ReadDeps): Endpoint[] {
  const { store } = deps;
  const scope = 'events:read';
  return [
    {
      method: 'GET',
      path: '/streams/:stream',
      scope,
      handle: (exchange) => readStream(exchange, store),
    },
    {
      method: 'GET',
      path: '/streams/:stream/head',
      scope,
      handle: async ({ request, reply }) => {
        const stream = checkStreamName(streamParameter(request));
        const revision = await existingRevision(store, stream);
        return reply.header('etag', `"${revision}"`).send({ stream, revision });
      },
    },
    { method: 'GET', path: '/events', scope, handle: (exchange) => readLog(exchange, deps) },
    {
      method: 'GET',
      path: '/head',
      scope,
      handle: async ({ reply }) => {
        const { log, position } = await store.head();
        return reply.send({ log, position: String(position) });
      },
    },
  ];
}

async function readStream(exchange: Exchange, store: EventStore): Promise<FastifyReply> {
  const { request, reply } = exchange;
  const parameters = new ReadParameters(request, ['from', 'limit', 'direction']);
  const stream = checkStreamName(streamParameter(request));
  const direction = parameters.choice('direction', ['forward', 'backward']);
  const from = parameters.integer('from', 0);
  const limit = parameters.integer('limit', 1);
  const lines = asksForLines(request);
  const head = await existingRevision(store, stream);
  reply.header('etag', `"${head}"`);
  const read = { stream, direction, ...(from !== undefined && { from }) };
  if (lines) {
    return sendLines(
      exchange,
      store.readStream({ ...read, ...(limit !== undefined && { limit }) }),
    );
  }
  return sendBatch(exchange, {
    pages: store.readStream({ ...read, limit: batchLimit(limit) }),
    next: async (through) => {
      if (direction === 'backward') return through > 0 ? link({ from: through - 1 }) : undefined;
      return through < head ? link({ from: through + 1 }) : undefined;
    },
  });

  function link(change: { from: number }): string {
    return `/streams/${encodeURIComponent(stream)}?${parameters.with(change)}`;
  }
}

async function readLog(exchange: Exchange, deps: ReadDeps): Promise<FastifyReply> {
  const { request } = exchange;
  const known = ['after', 'limit', 'type', 'stream', 'follow'];
  const parameters = new ReadParameters(request, known);
  const after = parameters.integer('after', 0) ?? 0;
  const limit = parameters.integer('limit', 1);
  const read = { after, ...parameters.filter() };
  if (parameters.choice('follow', ['false', 'true']) === 'true') {
    if (limit !== undefined) throw new Refusal('bad-parameter', '"follow" has no "limit".');
    return follow(exchange, read, deps);
  }
  const { store } = deps;
  if (asksForLines(request)) {
    return sendLines(exchange, store.readAll({ ...read, ...(limit !== undefined && { limit }) }));
  }
  return sendBatch(exchange, {
    pages: store.readAll({ ...read, limit: batchLimit(limit) }),
    next: async (through) =>
      (await hasMore(store.readAll({ ...read, after: through, limit: 1 })))
        ? `/events?${parameters.with({ after: through })}`
        : undefined,
  });
}

function follow(
  exchange: Exchange,
  read: { after: number; type?: string; stream?: string },
  { store, clock, stats, stopping }: ReadDeps,
): FastifyReply {
  const { request, claims } = exchange;
  negotiate(request.headers.accept, [NDJSON]);
  if (request.method === 'HEAD') return sendText(exchange, []);
  if (stats.followers >= READ_LIMITS.followers) {
    const detail = `At most ${READ_LIMITS.followers} clients follow at a time.`;
    throw new Refusal('too-many-followers', detail, { headers: { 'retry-after': '5' } });
  }
  stats.followers++;
  exchange.reply.raw.once('close', () => stats.followers--);
  const signal = AbortSignal.any([request.signal, stopping]);
  const expiresMs = (claims?.exp ?? 0) * 1000;
  return sendText(exchange, followLines(store, { ...read, signal }, { clock, expiresMs }));
}

/** Lines unless the client likes a batch better. */
function asksForLines({ headers }: FastifyRequest): boolean {
  return negotiate(headers.accept, [NDJSON, BATCH_JSON, JSON_TYPE]) === NDJSON;
}

function sendLines(exchange: Exchange, pages: AsyncIterable<EventPage>): FastifyReply {
  return sendText(exchange, exchange.request.method === 'HEAD' ? [] : textOf(pages));
}

/** The stream pulls a page when the socket has taken the one before. */
function sendText(
  { reply }: Exchange,
  text: AsyncIterable<string> | Iterable<string>,
): FastifyReply {
  return reply
    .header('content-type', NDJSON)
    .header('cache-control', 'no-store')
    .send(Readable.from(text, { highWaterMark: 1 }));
}

async function* textOf(pages: AsyncIterable<EventPage>): AsyncGenerator<string> {
  for await (const { lines } of pages) if (lines.length > 0) yield `${lines.join('\n')}\n`;
}

interface Batch {
  pages: AsyncIterable<EventPage>;
  /** Address of the batch that follows, where there is one. */
  next: (through: number) => Promise<string | undefined>;
}

async function sendBatch({ reply }: Exchange, { pages, next }: Batch): Promise<FastifyReply> {
  const lines: string[] = [];
  let through: number | undefined;
  let characters = 0;
  for await (const page of pages) {
    through = page.through;
    for (const line of page.lines) {
      lines.push(line);
      characters += line.length;
    }
    if (characters >= READ_LIMITS.batchCharacters) break;
  }
  const target = through === undefined ? undefined : await next(through);
  if (target !== undefined) reply.header('link', `<${target}>; rel="next"`);
  return reply.header('content-type', BATCH_JSON).send(Buffer.from(`[${lines.join(',')}]`));
}

async function hasMore(pages: AsyncIterable<EventPage>): Promise<boolean> {
  for await (const { lines } of pages) if (lines.length > 0) return true;
  return false;
}

function batchLimit(limit: number | undefined): number {
  return Math.min(limit ?? READ_LIMITS.batchEvents, READ_LIMITS.batchEvents);
}

async function existingRevision(store: EventStore, stream: string): Promise<number> {
  const revision = await store.streamRevision(stream);
  if (revision === undefined) {
    throw new Refusal('stream-not-found', 'No event was ever appended to this stream.');
  }
  return revision;
}
