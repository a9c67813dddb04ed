import type { Delivery } from '../domain/delivery.ts';
import type { Endpoint } from '../domain/endpoint.ts';

/** A delivery as it is shown: times as text, and only those that say something. */
export function shownDelivery(delivery: Delivery): object {
  const { deliveryId, endpointId, position, subject, type, status, attempts, failure } = delivery;
  const at = new Date(delivery.dueMs).toISOString();
  return {
    deliveryId,
    endpointId,
    position: String(position),
    subject,
    type,
    status,
    attempts,
    ...(status === 'pending' && { nextAttemptAt: at }),
    ...((status === 'delivered' || status === 'dead') && { endedAt: at }),
    ...(failure && { failure }),
  };
}

/** An endpoint as it is shown: which secret counts, never the secret. */
export function shownEndpoint({ secrets, ...endpoint }: Endpoint): object {
  return { ...endpoint, secretVersion: secrets.current.version };
}
