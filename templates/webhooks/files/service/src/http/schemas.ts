import { EVENT_PATTERN } from '../domain/event-pattern.ts';
import { LONGEST_TARGET } from '../domain/target.ts';
import { id, limit } from './formats.ts';

/** Goes into the name of an environment variable, so it is plainer than other ids. */
export const sourceName = {
  type: 'string',
  pattern: '^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$',
  description: '1 to 32 lower-case letters, digits and hyphens',
} as const;

export const url = {
  type: 'string',
  minLength: 1,
  maxLength: LONGEST_TARGET,
  description: 'Absolute http or https URL without credentials; in production https alone.',
} as const;

export const eventTypes = {
  type: 'array',
  minItems: 1,
  maxItems: 50,
  uniqueItems: true,
  items: { type: 'string', maxLength: 200, pattern: EVENT_PATTERN },
  description: 'Types without workspace and version; * stands for any one segment.',
} as const;

export const description = { type: 'string', maxLength: 200 } as const;

export const registerBody = {
  type: 'object',
  additionalProperties: false,
  required: ['url'],
  properties: { endpointId: id, url, eventTypes, description },
} as const;

export const overlapS = {
  type: 'integer',
  minimum: 0,
  maximum: 604_800,
  description: 'Seconds for which the secrets before the new one still count. A day where absent.',
} as const;

export const rotateBody = {
  type: 'object',
  additionalProperties: false,
  properties: { overlapS },
} as const;

export const position = {
  type: 'string',
  pattern: '^[0-9]{1,15}$',
  description: 'A position of the log, as digits.',
} as const;

export const replayBody = {
  type: 'object',
  additionalProperties: false,
  properties: { afterPosition: position, upToPosition: position },
} as const;

export const addSourceBody = {
  type: 'object',
  additionalProperties: false,
  required: ['source'],
  properties: { source: sourceName },
} as const;

export const sourceParams = {
  type: 'object',
  required: ['source'],
  properties: { source: sourceName },
} as const;

/** An id is visible ASCII but full stops, which would blur what the signature covers. */
export const messageHeaders = {
  type: 'object',
  required: ['webhook-id', 'webhook-timestamp', 'webhook-signature'],
  properties: {
    'webhook-id': { type: 'string', pattern: '^[\\x21-\\x2d\\x2f-\\x7e]{1,256}$' },
    'webhook-timestamp': { type: 'string', pattern: '^[0-9]{1,12}$' },
    'webhook-signature': {
      type: 'string',
      maxLength: 4096,
      pattern: '^[\\x21-\\x7e]+(?: [\\x21-\\x7e]+)*$',
    },
  },
} as const;

export const messageBody = {
  description: 'JSON of the sender, at most 64 KiB; the signature covers its very bytes.',
} as const;

export const endpointsQuery = {
  type: 'object',
  additionalProperties: false,
  properties: { limit, after: id },
} as const;

export const deliveryStatus = {
  type: 'string',
  enum: ['pending', 'sending', 'delivered', 'dead'],
} as const;

export const deliveriesQuery = {
  type: 'object',
  additionalProperties: false,
  properties: {
    endpoint: id,
    status: deliveryStatus,
    subject: { type: 'string', minLength: 1, maxLength: 256 },
    limit,
    after: { type: 'string', pattern: '^[0-9]{1,15}$' },
  },
} as const;
