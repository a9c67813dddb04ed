import type { FastifyReply } from 'fastify';
import type {
  AppendOutcome,
  AppendRequest,
  EventStore,
  NewEvent,
  WrittenStream,
} from '../contract.ts';
import type { JsonNode } from '../../../kernel/json-text.ts';
import { readAppendRequest } from './append-request.ts';
import { readJsonBody, requireMediaType } from './body.ts';
import { type Endpoint, streamParameter } from './endpoint.ts';
import { checkCount, checkEvents, checkStreamName, readEvent, readEvents } from './events.ts';
import { readPrecondition } from './precondition.ts';
import { Refusal } from './refusal.ts';
import type { ServerStats } from './stats.ts';

const ONE = 'application/cloudevents+json';
const BATCH = 'application/cloudevents-batch+json';
const JSON_TYPE = 'application/json';
const RETRY = { headers: { 'retry-after': '1' } };

/** Accepted, new or known before: what a 201 and a 200 speak of. */
interface Stored {
  writes: readonly WrittenStream[];
  replayed: boolean;
}

export function appendEndpoints(store: EventStore, stats: ServerStats): Endpoint[] {
  const append = async (request: AppendRequest): Promise<Stored> => {
    const outcome = await store.append(request);
    stats.countAppend(outcome);
    return storedOrRefused(outcome);
  };
  return [
    {
      method: 'POST',
      path: '/streams/:stream',
      scope: 'events:append',
      handle: async ({ request, reply }) => {
        const stream = checkStreamName(streamParameter(request));
        const expected = readPrecondition(request.headers);
        const type = requireMediaType(request.headers, [ONE, BATCH, JSON_TYPE]);
        const events = readOneOrMany(readJsonBody(request.body), type, stream);
        const writes = [{ stream, expected, events }];
        checkEvents(writes);
        const stored = await append({ writes, conditions: [] });
        return sendStream(reply, stored);
      },
    },
    {
      method: 'POST',
      path: '/append',
      scope: 'events:append',
      handle: async ({ request, reply }) => {
        requireMediaType(request.headers, [JSON_TYPE]);
        const { writes, replayed } = await append(readAppendRequest(readJsonBody(request.body)));
        return reply.code(replayed ? 200 : 201).send({ writes: writes.map(onWire), replayed });
      },
    },
  ];
}

function readOneOrMany(body: JsonNode, type: string, stream: string): NewEvent[] {
  if (body.kind === 'array' && type !== ONE) {
    checkCount(body.items.length);
    return readEvents(body.items, stream, '');
  }
  if (type === BATCH) throw new Refusal('bad-request', 'A batch is a JSON array of events.');
  return [readEvent(body, stream, '')];
}

function sendStream(reply: FastifyReply, { writes, replayed }: Stored): FastifyReply {
  const [written] = writes.map(onWire);
  return reply
    .code(replayed ? 200 : 201)
    .header('etag', `"${written?.revision}"`)
    .send({ ...written, replayed });
}

function onWire({ stream, revision, positions }: WrittenStream): {
  stream: string;
  revision: number;
  positions: string[];
} {
  return { stream, revision, positions: positions.map(String) };
}

function storedOrRefused(outcome: AppendOutcome): Stored {
  switch (outcome.kind) {
    case 'appended':
    case 'duplicate':
      return { writes: outcome.writes, replayed: outcome.kind === 'duplicate' };
    case 'conflict': {
      const { failures } = outcome;
      const detail = 'A stream is not at the revision that was expected; nothing was written.';
      throw new Refusal('revision-mismatch', detail, { extensions: { failures } });
    }
    case 'id-reuse': {
      const { events } = outcome;
      const detail = 'The log holds another event with this source and id; nothing was written.';
      throw new Refusal('id-reuse', detail, { extensions: { events } });
    }
    case 'partial-replay': {
      const { known } = outcome;
      const detail = 'Some of the events are in the log, others are not; nothing was written.';
      throw new Refusal('partial-replay', detail, { extensions: { known } });
    }
    case 'unavailable':
      throw new Refusal('store-unavailable', `Nothing was written: ${outcome.detail}.`, RETRY);
    case 'outcome-unknown':
      throw new Refusal(
        'outcome-unknown',
        `The events may or may not have been stored (${outcome.detail}). Retry the same request ` +
          'once the store is back: what was stored is then replayed.',
        RETRY,
      );
  }
}
