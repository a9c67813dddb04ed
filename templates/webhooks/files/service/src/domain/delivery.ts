import { createHash } from 'node:crypto';
import type { FailureReason } from './events.ts';
import type { OutgoingEvent } from './outgoing-event.ts';

/** `pending` waits for its turn and time, `dead` for somebody to look at it. */
export type DeliveryStatus = 'pending' | 'sending' | 'delivered' | 'dead';

/** One event on its way to one endpoint. */
export interface Delivery {
  deliveryId: string;
  endpointId: string;
  /** Of the event in the log. */
  position: number;
  /** The event's stream: what is about one subject goes out in order. */
  subject: string;
  type: string;
  status: DeliveryStatus;
  /** Tries so far. */
  attempts: number;
  /** Tries since it was made, or last asked for again. */
  tried: number;
  /** Pending: not before then. Sending: until then nobody else may try. */
  dueMs: number;
  /** How the last try ended, if not well. */
  failure?: { reason: FailureReason; status?: number };
}

/** What stands first among the open deliveries of one endpoint and subject, and what is under way. */
export interface Lane {
  headId?: string;
  /** When the latest lease of its running tries ends. */
  busyUntilMs?: number;
}

/**
 * `webhook-id`, the same over all tries and rebuilds: made of the event, its place in the log and
 * for whom it is. Holds no full stop, which would blur what a signature covers.
 */
export function deliveryIdOf(
  endpointId: string,
  event: { position: number; eventId: string },
): string {
  const parts = JSON.stringify([endpointId, event.position, event.eventId]);
  return `msg_${createHash('sha256').update(parts).digest('hex').slice(0, 32)}`;
}

export function newDelivery(endpointId: string, event: OutgoingEvent): Delivery {
  const { position, subject, type, recordedAt } = event;
  const deliveryId = deliveryIdOf(endpointId, event);
  const start = { status: 'pending', attempts: 0, tried: 0 } as const;
  return {
    deliveryId,
    endpointId,
    position,
    subject,
    type,
    ...start,
    dueMs: Date.parse(recordedAt),
  };
}

export function isOpen({ status }: Delivery): boolean {
  return status === 'pending' || status === 'sending';
}

/** To be sent once more, with a whole schedule of tries before it. */
export function askedAgain(delivery: Delivery, nowMs: number): Delivery {
  return { ...delivery, status: 'pending', tried: 0, dueMs: nowMs };
}
