import { publicType } from '../domain/event-pattern.ts';
import type { DomainEvent, DomainEventType } from '../domain/events.ts';
import type { OutgoingEvent } from '../domain/outgoing-event.ts';
import { AREA, WORKSPACE } from '../names.ts';
import type { StoredEvent } from '../platform/event-store.ts';
import { eventType } from './event-type.ts';
import { isOwnStream } from './own-stream.ts';

const TYPES: ReadonlySet<string> = new Set<DomainEventType>([
  'endpoint-registered',
  'endpoint-secret-rotated',
  'endpoint-disabled',
  'endpoint-enabled',
  'replay-requested',
  'attempt-started',
  'delivered',
  'attempt-failed',
  'dead-lettered',
  'retry-requested',
  'source-added',
  'source-secret-rotated',
  'received',
]);

/** How commands ended is between a service and its clients. */
const BOOKKEEPING: ReadonlySet<string> = new Set(['command-accepted', 'command-completed']);

/**
 * The event of this service that a stored one is. Undefined for somebody else's, or of a type that
 * changes nothing here.
 * @throws Error for an event of ours that this code cannot read
 */
export function recordedEvent({ type, subject, data }: StoredEvent): DomainEvent | undefined {
  const { area, name, version } = eventType(type);
  if (!isOwnStream(subject) || area !== AREA || !TYPES.has(name)) return undefined;
  if (version !== '1') throw new Error(`${type} is of a version this service does not know`);
  return { type: name, data } as DomainEvent;
}

/** The event that endpoints may be told of, unless it is about webhooks themselves. */
export function outgoingEvent(stored: StoredEvent): OutgoingEvent | undefined {
  const { id, type, subject, time, recordedtime, data, traceparent } = stored;
  const { area, name } = eventType(type);
  if (area === AREA || BOOKKEEPING.has(name)) return undefined;
  return {
    position: Number(stored.globalposition),
    eventId: id,
    subject,
    type: publicType(type, WORKSPACE),
    timestamp: time ?? recordedtime,
    recordedAt: recordedtime,
    data,
    traceparent,
  };
}
