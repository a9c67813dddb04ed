import { id, instant } from './formats.ts';
import {
  deliveryStatus,
  description,
  eventTypes,
  overlapS,
  position,
  sourceName,
  url,
} from './schemas.ts';

/** An object of which every member but the optional ones is there. */
function object(properties: Record<string, object>, optional: Record<string, object> = {}): object {
  const required = Object.keys(properties);
  return { type: 'object', required, properties: { ...properties, ...optional } };
}

function list(items: object): object {
  return { type: 'array', items };
}

const integer = { type: 'integer' };
const status = { type: 'string', enum: ['enabled', 'disabled'] };
const secret = {
  type: 'string',
  pattern: '^whsec_',
  description: 'Shown here and never again. whsec_ and base64.',
};

export const registeredAnswer: object = object(
  { endpointId: id, url, eventTypes, secret },
  { description },
);

export const endpointAnswer: object = object(
  { endpointId: id, url, eventTypes, status, secretVersion: integer },
  { description, reason: { type: 'string', enum: ['requested', 'gone'] } },
);

export const endpointsAnswer: object = object({ endpoints: list(endpointAnswer) }, { next: id });

export const endpointChangedAnswer: object = object({ endpointId: id, status });

export const endpointRotatedAnswer: object = object({
  endpointId: id,
  secretVersion: integer,
  secret,
  overlapS,
});

export const replayAnswer: object = object(
  { endpointId: id },
  { afterPosition: position, upToPosition: position },
);

export const deliveryAnswer: object = object(
  {
    deliveryId: { ...id, description: 'webhook-id of every try.' },
    endpointId: id,
    position,
    subject: { type: 'string' },
    type: { type: 'string' },
    status: deliveryStatus,
    attempts: integer,
  },
  {
    nextAttemptAt: instant,
    endedAt: instant,
    failure: object({ reason: { type: 'string' } }, { status: integer }),
  },
);

export const deliveriesAnswer: object = object(
  { deliveries: list(deliveryAnswer) },
  { next: { type: 'string' } },
);

export const retriedAnswer: object = object({ deliveryId: id, status: { const: 'pending' } });

export const sourceAnswer: object = object({ source: sourceName, secret });

export const sourceRotatedAnswer: object = object({
  source: sourceName,
  secretVersion: integer,
  secret,
  overlapS,
});

export const receivedAnswer: object = object({ duplicate: { type: 'boolean' } });
