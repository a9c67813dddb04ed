import { EVENT_LIMITS } from '../../../model/event.ts';
import { MAX_CONDITIONS } from './append-request.ts';

const POSITION = { type: 'string', pattern: '^[1-9][0-9]*$' };
const REVISION = { type: 'integer', minimum: 0 };
const STREAM = { type: 'string', minLength: 1 };
const EXPECTED = { anyOf: [REVISION, { enum: ['none', 'exists', 'any'] }] };
const EVENTS = { $ref: '#/components/schemas/Events' };

const WRITTEN = {
  stream: STREAM,
  revision: REVISION,
  positions: { type: 'array', minItems: 1, items: POSITION },
};

/** JSON Schemas of what goes over the wire. */
export const openapiSchemas: Record<string, object> = {
  Event: {
    description:
      'A CloudEvents 1.0 event in the JSON format. `subject` is the stream and may be left out; ' +
      "the last three attributes are the store's, and only it may set them.",
    type: 'object',
    required: ['specversion', 'id', 'source', 'type'],
    properties: {
      specversion: { const: '1.0' },
      id: { type: 'string', minLength: 1 },
      source: { type: 'string', minLength: 1 },
      type: { type: 'string', minLength: 1 },
      subject: { type: ['string', 'null'], minLength: 1 },
      streamrevision: { ...REVISION, readOnly: true },
      globalposition: { ...POSITION, readOnly: true },
      recordedtime: { type: 'string', format: 'date-time', readOnly: true },
    },
  },
  Events: {
    type: 'array',
    maxItems: EVENT_LIMITS.appendEvents,
    items: { $ref: '#/components/schemas/Event' },
  },
  AppendRequest: {
    type: 'object',
    additionalProperties: false,
    required: ['writes'],
    properties: {
      writes: {
        type: 'array',
        minItems: 1,
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['stream', 'events'],
          properties: {
            stream: STREAM,
            expected: { ...EXPECTED, default: 'any' },
            events: { ...EVENTS, minItems: 1 },
          },
        },
      },
      conditions: {
        type: 'array',
        maxItems: MAX_CONDITIONS,
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['stream', 'expected'],
          properties: { stream: STREAM, expected: EXPECTED },
        },
      },
    },
  },
  AppendedToStream: {
    type: 'object',
    additionalProperties: false,
    required: ['stream', 'revision', 'positions', 'replayed'],
    properties: { ...WRITTEN, replayed: { type: 'boolean' } },
  },
  Appended: {
    type: 'object',
    additionalProperties: false,
    required: ['writes', 'replayed'],
    properties: {
      writes: {
        type: 'array',
        minItems: 1,
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['stream', 'revision', 'positions'],
          properties: WRITTEN,
        },
      },
      replayed: { type: 'boolean' },
    },
  },
  StreamHead: {
    type: 'object',
    additionalProperties: false,
    required: ['stream', 'revision'],
    properties: { stream: STREAM, revision: REVISION },
  },
  LogHead: {
    type: 'object',
    additionalProperties: false,
    required: ['log', 'position'],
    properties: {
      log: { type: 'string', format: 'uuid' },
      position: { type: 'string', pattern: '^(0|[1-9][0-9]*)$' },
    },
  },
  Problem: {
    description: 'RFC 9457. Further members tell more, such as `failures`, `events` or `pointer`.',
    type: 'object',
    required: ['type', 'title', 'status', 'detail'],
    properties: {
      type: { type: 'string', pattern: '^urn:fintech:problem:[a-z-]+$' },
      title: { type: 'string' },
      status: { type: 'integer' },
      detail: { type: 'string' },
    },
  },
};
