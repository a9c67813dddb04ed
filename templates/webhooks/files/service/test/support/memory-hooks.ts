import { type Delivery, isOpen, type Lane, newDelivery } from '../../src/domain/delivery.ts';
import type { Endpoint } from '../../src/domain/endpoint.ts';
import type { DomainEvent } from '../../src/domain/events.ts';
import { evolve, type Hooks } from '../../src/domain/hooks.ts';
import type { Message, Source } from '../../src/domain/source.ts';

/** What decisions look at, without a database. */
export class MemoryHooks implements Hooks {
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #deliveries = new Map<string, Delivery>();
  readonly #sources = new Map<string, Source>();
  readonly #messages = new Map<string, Message>();

  endpoint(endpointId: string): Endpoint | undefined {
    return this.#endpoints.get(endpointId);
  }

  delivery(deliveryId: string): Delivery | undefined {
    return this.#deliveries.get(deliveryId);
  }

  lane(endpointId: string, subject: string): Lane {
    const open = [...this.#deliveries.values()]
      .filter((one) => one.endpointId === endpointId && one.subject === subject && isOpen(one))
      .sort((a, b) => a.position - b.position);
    const busy = open.filter(({ status }) => status === 'sending').map(({ dueMs }) => dueMs);
    const [head] = open;
    return {
      ...(head && { headId: head.deliveryId }),
      ...(busy.length > 0 && { busyUntilMs: Math.max(...busy) }),
    };
  }

  source(source: string): Source | undefined {
    return this.#sources.get(source);
  }

  message(source: string, messageId: string): Message | undefined {
    return this.#messages.get(`${source} ${messageId}`);
  }

  apply(event: DomainEvent, recordedMs: number): void {
    const { endpoints, deliveries, sources, messages } = evolve(this, event, recordedMs);
    for (const one of endpoints) this.#endpoints.set(one.endpointId, one);
    for (const one of deliveries) this.#deliveries.set(one.deliveryId, one);
    for (const one of sources) this.#sources.set(one.source, one);
    for (const one of messages) this.#messages.set(`${one.source} ${one.messageId}`, one);
  }

  /** An event of somebody else that an endpoint is told of. */
  deliver(endpointId: string, position: number, subject: string): Delivery {
    const recordedAt = new Date(position).toISOString();
    const event = { position, eventId: `e${position}`, subject, type: 'payments.captured' };
    const times = { timestamp: recordedAt, recordedAt };
    const delivery = newDelivery(endpointId, { ...event, ...times, data: {} });
    this.#deliveries.set(delivery.deliveryId, delivery);
    return delivery;
  }
}
