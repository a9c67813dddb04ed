import { evolve } from '../domain/hooks.ts';
import type { StoredEvent } from '../platform/event-store.ts';
import type { Outbox } from './outbox.ts';
import { outgoingEvent, recordedEvent } from './recorded-event.ts';
import type { Tables } from './tables.ts';

/** Takes one event of the log into the tables: our own as what it changes, others as deliveries. */
export function fold(
  { tables, outbox }: { tables: Tables; outbox: Outbox },
  stored: StoredEvent,
): void {
  const event = recordedEvent(stored);
  if (event === undefined) {
    const outgoing = outgoingEvent(stored);
    if (outgoing !== undefined) outbox.add(outgoing);
    return;
  }
  const { recordedtime } = stored;
  const recordedMs = Date.parse(recordedtime);
  tables.putChanges(evolve(tables, event, recordedMs), recordedtime);
  if (event.type === 'endpoint-registered') {
    outbox.subscribe(event.data.endpointId, event.data.eventTypes);
  }
  if (event.type === 'replay-requested') outbox.replay(event.data, recordedMs);
}
