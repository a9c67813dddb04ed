import { type Delivery, askedAgain, type Lane } from './delivery.ts';
import { type Endpoint, enabled, registeredEndpoint } from './endpoint.ts';
import type { AttemptStarted, DomainEvent, Failed } from './events.ts';
import { firstSecret, rotated } from './secret.ts';
import type { Message, Source } from './source.ts';

/** What a decision may look at. */
export interface Hooks {
  endpoint(endpointId: string): Endpoint | undefined;
  delivery(deliveryId: string): Delivery | undefined;
  lane(endpointId: string, subject: string): Lane;
  source(source: string): Source | undefined;
  message(source: string, messageId: string): Message | undefined;
}

/** What one event changes: whole new values, to be put in place of the old. */
export interface Changes {
  endpoints: Endpoint[];
  deliveries: Delivery[];
  sources: Source[];
  messages: Message[];
}

/**
 * The fold of this service's own events, but for replays, which change as many deliveries as
 * their range holds.
 */
export function evolve(hooks: Hooks, event: DomainEvent, recordedMs: number): Changes {
  switch (event.type) {
    case 'endpoint-registered':
      return changes({ endpoints: [registeredEndpoint(event.data)] });
    case 'endpoint-secret-rotated': {
      const endpoint = knownEndpoint(hooks, event.data.endpointId);
      const secrets = rotated(endpoint.secrets, event.data);
      return changes({ endpoints: [{ ...endpoint, secrets }] });
    }
    case 'endpoint-disabled': {
      const { endpointId, reason } = event.data;
      const endpoint = knownEndpoint(hooks, endpointId);
      return changes({ endpoints: [{ ...endpoint, status: 'disabled', reason }] });
    }
    case 'endpoint-enabled':
      return changes({ endpoints: [enabled(knownEndpoint(hooks, event.data.endpointId))] });
    case 'replay-requested':
      return changes({});
    case 'attempt-started':
      return changes({ deliveries: [underWay(hooks, event.data)] });
    case 'delivered': {
      const { failure: _, ...delivery } = knownDelivery(hooks, event.data.deliveryId);
      return changes({ deliveries: [{ ...delivery, status: 'delivered', dueMs: recordedMs }] });
    }
    case 'attempt-failed': {
      const dueMs = Date.parse(event.data.nextAttemptAt);
      return changes({ deliveries: [{ ...failed(hooks, event.data), status: 'pending', dueMs }] });
    }
    case 'dead-lettered':
      return changes({
        deliveries: [{ ...failed(hooks, event.data), status: 'dead', dueMs: recordedMs }],
      });
    case 'retry-requested': {
      const delivery = knownDelivery(hooks, event.data.deliveryId);
      return changes({ deliveries: [askedAgain(delivery, recordedMs)] });
    }
    case 'source-added': {
      const { source, keyId } = event.data;
      return changes({ sources: [{ source, secrets: firstSecret(keyId) }] });
    }
    case 'source-secret-rotated': {
      const source = knownSource(hooks, event.data.source);
      return changes({ sources: [{ ...source, secrets: rotated(source.secrets, event.data) }] });
    }
    case 'received': {
      const { body: _, ...message } = event.data;
      return changes({ messages: [message] });
    }
  }
}

function underWay(hooks: Hooks, { deliveryId, attempt, leaseUntil }: AttemptStarted): Delivery {
  const delivery = knownDelivery(hooks, deliveryId);
  const tried = delivery.tried + 1;
  const dueMs = Date.parse(leaseUntil);
  return { ...delivery, status: 'sending', attempts: attempt, tried, dueMs };
}

function failed(hooks: Hooks, { deliveryId, reason, status }: Failed): Delivery {
  const failure = status === undefined ? { reason } : { reason, status };
  return { ...knownDelivery(hooks, deliveryId), failure };
}

function knownEndpoint(hooks: Hooks, endpointId: string): Endpoint {
  const endpoint = hooks.endpoint(endpointId);
  if (endpoint === undefined) throw new Error(`endpoint ${endpointId} was never registered`);
  return endpoint;
}

function knownDelivery(hooks: Hooks, deliveryId: string): Delivery {
  const delivery = hooks.delivery(deliveryId);
  if (delivery === undefined) throw new Error(`delivery ${deliveryId} was never made`);
  return delivery;
}

function knownSource(hooks: Hooks, source: string): Source {
  const known = hooks.source(source);
  if (known === undefined) throw new Error(`source ${source} was never added`);
  return known;
}

function changes(some: Partial<Changes>): Changes {
  return { endpoints: [], deliveries: [], sources: [], messages: [], ...some };
}
