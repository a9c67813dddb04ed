import { askedAgain, type Delivery, newDelivery } from '../domain/delivery.ts';
import type { Endpoint } from '../domain/endpoint.ts';
import { patternsOf } from '../domain/event-pattern.ts';
import type { ReplayRequested } from '../domain/events.ts';
import { evolve, type Hooks } from '../domain/hooks.ts';
import type { OutgoingEvent } from '../domain/outgoing-event.ts';
import type { Message, Source } from '../domain/source.ts';
import type { StoredEvent } from '../platform/event-store.ts';
import { outgoingEvent, recordedEvent } from '../projection/recorded-event.ts';

/** An event of the log as `fintech verify` gives it to projections. */
export interface LogEvent {
  id: string;
  type: string;
  stream: string;
  position: string;
  time?: string;
  recordedTime: string;
  data?: unknown;
}

/** What a log says of webhooks, folded in memory: what the tables must say, too. */
export interface ReplayedLog {
  endpoints: Map<string, Endpoint>;
  deliveries: Map<string, Delivery>;
  sources: Map<string, Source>;
  messages: Map<string, Message & { receivedAt: string }>;
}

export function emptyLog(): ReplayedLog {
  return { endpoints: new Map(), deliveries: new Map(), sources: new Map(), messages: new Map() };
}

/** The log one event further. What cannot be read is left out, as the tables leave it out. */
export function replayed(log: ReplayedLog, event: LogEvent): ReplayedLog {
  try {
    fold(log, storedEvent(event));
  } catch {
    // The service has reported it; the other checks of verify name what it breaks.
  }
  return log;
}

function fold(log: ReplayedLog, stored: StoredEvent): void {
  const event = recordedEvent(stored);
  if (event === undefined) {
    const outgoing = outgoingEvent(stored);
    if (outgoing !== undefined) deliver(log, outgoing);
    return;
  }
  const receivedAt = stored.recordedtime;
  const recordedMs = Date.parse(receivedAt);
  const changed = evolve(viewOf(log), event, recordedMs);
  for (const one of changed.endpoints) log.endpoints.set(one.endpointId, one);
  for (const one of changed.deliveries) log.deliveries.set(one.deliveryId, one);
  for (const one of changed.sources) log.sources.set(one.source, one);
  for (const { source, messageId, sentAt, digest } of changed.messages) {
    const key = `${source}/${messageId}`;
    log.messages.set(key, { source, messageId, sentAt, digest, receivedAt });
  }
  if (event.type === 'replay-requested') replay(log, event.data, recordedMs);
}

function deliver(log: ReplayedLog, event: OutgoingEvent): void {
  const patterns = new Set(patternsOf(event.type));
  for (const { endpointId, eventTypes } of log.endpoints.values()) {
    if (!eventTypes.some((one) => patterns.has(one))) continue;
    const delivery = newDelivery(endpointId, event);
    log.deliveries.set(delivery.deliveryId, delivery);
  }
}

function replay(
  { deliveries }: ReplayedLog,
  { endpointId, afterPosition = 0, upToPosition = Infinity }: ReplayRequested,
  recordedMs: number,
): void {
  for (const [id, delivery] of deliveries) {
    const { position, status } = delivery;
    const inRange = position > afterPosition && position <= upToPosition;
    const ended = status === 'delivered' || status === 'dead';
    if (delivery.endpointId === endpointId && inRange && ended) {
      deliveries.set(id, askedAgain(delivery, recordedMs));
    }
  }
}

function viewOf({ endpoints, deliveries, sources, messages }: ReplayedLog): Hooks {
  return {
    endpoint: (id) => endpoints.get(id),
    delivery: (id) => deliveries.get(id),
    lane: () => ({}),
    source: (name) => sources.get(name),
    message: (source, messageId) => messages.get(`${source}/${messageId}`),
  };
}

function storedEvent({ stream, position, recordedTime, ...event }: LogEvent): StoredEvent {
  const place = { subject: stream, globalposition: position, streamrevision: 0 };
  return { ...event, ...place, recordedtime: recordedTime };
}
