import { PROBLEM_MEDIA_TYPE } from '../../../kernel/problem.ts';
import { EVENT_LIMITS } from '../../../model/event.ts';
import { BATCH_JSON, NDJSON } from './accept.ts';
import { openapiSchemas } from './openapi-schemas.ts';
import { type ProblemCode, PROBLEMS } from './refusal.ts';

/** What any request with a body may run into. */
const BODY_PROBLEMS: readonly ProblemCode[] = [
  'bad-request',
  'bad-encoding',
  'bad-json',
  'duplicate-member',
  'bad-event',
  'reserved-attribute',
  'subject-mismatch',
  'duplicate-id',
  'empty-append',
  'request-timeout',
  'event-too-large',
  'append-too-large',
  'unsupported-media-type',
];

const OUTCOME_PROBLEMS: readonly ProblemCode[] = [
  'id-reuse',
  'partial-replay',
  'revision-mismatch',
  'store-unavailable',
  'outcome-unknown',
];

/** Written by hand; a test holds it to the endpoints, the problems and real answers. */
export const openapi: OpenApi = {
  openapi: '3.1.0',
  info: {
    title: 'fintech event store',
    version: '1.0.0',
    description:
      'An append-only log of CloudEvents 1.0, kept in streams, ordered as a whole. Durable before it ' +
      'is acknowledged, gapless in global order, exactly idempotent by source and id.',
  },
  security: [{ token: [] }],
  paths: {
    '/streams/{stream}': {
      parameters: [streamParameter()],
      post: {
        operationId: 'appendToStream',
        summary: 'Append one event or a batch to a stream',
        description:
          `At most ${EVENT_LIMITS.appendEvents} events of ${EVENT_LIMITS.eventBytes} bytes each, ` +
          `${EVENT_LIMITS.appendBytes} bytes in all. An exact retry is answered 200 with the first places.`,
        security: scope('events:append'),
        parameters: [
          header('If-Match', '`*`: the stream exists; `"7"`: its revision is 7'),
          header('If-None-Match', '`*`: the stream does not exist'),
        ],
        requestBody: {
          required: true,
          content: {
            'application/cloudevents+json': { schema: ref('Event') },
            [BATCH_JSON]: { schema: ref('Events') },
            'application/json': { schema: { anyOf: [ref('Event'), ref('Events')] } },
          },
        },
        responses: {
          '200': json('Replayed', 'AppendedToStream'),
          '201': json('Appended', 'AppendedToStream'),
          ...problems('bad-stream-name', 'bad-precondition', ...BODY_PROBLEMS, ...OUTCOME_PROBLEMS),
        },
      },
      get: {
        operationId: 'readStream',
        summary: 'Read a stream from a revision, forward or backward',
        security: scope('events:read'),
        parameters: [
          query('from', { type: 'integer', minimum: 0 }, 'First revision, inclusive'),
          query('limit', { type: 'integer', minimum: 1 }, 'Events at most'),
          query('direction', { enum: ['forward', 'backward'], default: 'forward' }),
        ],
        responses: {
          '200': eventsAnswer(),
          ...problems('bad-stream-name', 'bad-parameter', 'stream-not-found', 'not-acceptable'),
        },
      },
    },
    '/streams/{stream}/head': {
      parameters: [streamParameter()],
      get: {
        operationId: 'streamHead',
        summary: 'The revision of the last event of a stream',
        security: scope('events:read'),
        responses: {
          '200': json('Head', 'StreamHead'),
          ...problems('bad-stream-name', 'stream-not-found'),
        },
      },
    },
    '/append': {
      post: {
        operationId: 'append',
        summary: 'Append to several streams as one, under conditions',
        security: scope('events:append'),
        requestBody: {
          required: true,
          content: { 'application/json': { schema: ref('AppendRequest') } },
        },
        responses: {
          '200': json('Replayed', 'Appended'),
          '201': json('Appended', 'Appended'),
          ...problems('bad-stream-name', ...BODY_PROBLEMS, ...OUTCOME_PROBLEMS),
        },
      },
    },
    '/events': {
      get: {
        operationId: 'readLog',
        summary: 'Read the whole log in order, filtered; or follow it',
        description:
          'With `follow=true` the answer does not end: control lines tell `caught-up`, `heartbeat` ' +
          'and `token-expired`, each with the position up to which everything was delivered.',
        security: scope('events:read'),
        parameters: [
          query('after', { type: 'integer', minimum: 0, default: 0 }, 'Position, exclusive'),
          query('limit', { type: 'integer', minimum: 1 }, 'Events at most'),
          query('type', { type: 'string', minLength: 1 }, 'Only events of this type'),
          query('stream', { type: 'string', minLength: 1 }, 'Only events of this stream'),
          query('follow', { enum: ['false', 'true'], default: 'false' }),
        ],
        responses: {
          '200': eventsAnswer(),
          ...problems('bad-stream-name', 'bad-parameter', 'not-acceptable', 'too-many-followers'),
        },
      },
    },
    '/head': {
      get: {
        operationId: 'head',
        summary: 'The log and the position of its last event',
        security: scope('events:read'),
        responses: { '200': json('Head', 'LogHead') },
      },
    },
    '/health/live': { get: open('live', 'Whether the process answers') },
    '/health/ready': {
      get: open('ready', 'Whether a write just reached the disk and tokens can be checked'),
    },
    '/metrics': { get: open('metrics', 'Prometheus metrics') },
    '/openapi.json': { get: open('openapi', 'This document') },
  },
  components: {
    securitySchemes: {
      token: {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'JWT',
        description: 'An access token (RFC 9068) of the issuer, audience `events`.',
      },
    },
    schemas: openapiSchemas,
  },
};

export interface OpenApi {
  openapi: string;
  info: object;
  security: object[];
  paths: Record<string, Record<string, unknown>>;
  components: { securitySchemes: object; schemas: Record<string, object> };
}

function ref(name: string): object {
  return { $ref: `#/components/schemas/${name}` };
}

function scope(name: string): object[] {
  return [{ token: [name] }];
}

function json(description: string, schema: string): object {
  return { description, content: { 'application/json': { schema: ref(schema) } } };
}

function eventsAnswer(): object {
  return {
    description:
      'Events, as lines unless `Accept` prefers a JSON batch (`application/json` asks for it too), ' +
      'which links to the next one by `Link: <…>; rel="next"`',
    content: { [NDJSON]: { schema: { type: 'string' } }, [BATCH_JSON]: { schema: ref('Events') } },
  };
}

/** One response for each status, naming the problems it may be. */
function problems(...codes: ProblemCode[]): Record<string, object> {
  const byStatus = Map.groupBy(codes, (code) => PROBLEMS[code][0]);
  return Object.fromEntries(
    [...byStatus].map(([status, group]) => [
      String(status),
      {
        description: group.map((code) => `\`${code}\`: ${PROBLEMS[code][1]}`).join('; '),
        content: { [PROBLEM_MEDIA_TYPE]: { schema: ref('Problem') } },
      },
    ]),
  );
}

function open(operationId: string, summary: string): object {
  return { operationId, summary, security: [], responses: { '200': { description: summary } } };
}

function streamParameter(): object {
  const schema = { type: 'string', minLength: 1, maxLength: EVENT_LIMITS.streamNameBytes };
  return { name: 'stream', in: 'path', required: true, schema };
}

function header(name: string, description: string): object {
  return { name, in: 'header', description, schema: { type: 'string' } };
}

function query(name: string, schema: object, description?: string): object {
  return { name, in: 'query', ...(description !== undefined && { description }), schema };
}
