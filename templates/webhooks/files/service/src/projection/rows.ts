import type { Delivery } from '../domain/delivery.ts';
import type { Endpoint } from '../domain/endpoint.ts';
import type { FailureReason } from '../domain/events.ts';
import type { Secrets } from '../domain/secret.ts';
import type { Message, Source } from '../domain/source.ts';
import type { Row } from './database.ts';

export function endpointOf(row: Row): Endpoint {
  const { description, reason } = row;
  return {
    endpointId: String(row['endpoint_id']),
    url: String(row['url']),
    eventTypes: JSON.parse(String(row['event_types'])) as string[],
    ...(typeof description === 'string' && { description }),
    status: String(row['status']) as Endpoint['status'],
    ...(typeof reason === 'string' && { reason: reason as 'requested' | 'gone' }),
    secrets: secretsOf(row),
  };
}

export function deliveryOf(row: Row): Delivery {
  const { reason, response_status: status } = row;
  return {
    deliveryId: String(row['delivery_id']),
    endpointId: String(row['endpoint_id']),
    position: Number(row['position']),
    subject: String(row['subject']),
    type: String(row['type']),
    status: String(row['status']) as Delivery['status'],
    attempts: Number(row['attempts']),
    tried: Number(row['tried']),
    dueMs: Number(row['due_ms']),
    ...(typeof reason === 'string' && {
      failure: {
        reason: reason as FailureReason,
        ...(status !== null && { status: Number(status) }),
      },
    }),
  };
}

export function sourceOf(row: Row): Source {
  return { source: String(row['source']), secrets: secretsOf(row) };
}

export function messageOf(row: Row): Message {
  return {
    source: String(row['source']),
    messageId: String(row['message_id']),
    sentAt: String(row['sent_at']),
    digest: String(row['digest']),
  };
}

function secretsOf(row: Row): Secrets {
  return JSON.parse(String(row['secrets'])) as Secrets;
}
