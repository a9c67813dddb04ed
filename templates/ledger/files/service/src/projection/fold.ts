import { evolve } from '../domain/books.ts';
import type { StoredEvent } from '../platform/event-store.ts';
import { recordedEvent } from './recorded-event.ts';
import type { Tables } from './tables.ts';

/** Takes one event of the log into the tables. */
export function fold(tables: Tables, stored: StoredEvent): void {
  const event = recordedEvent(stored);
  if (event === undefined) return;
  const changed = evolve(tables, event);
  tables.putChanges(changed);
  const effectiveAt = event.type === 'transaction-posted' ? event.data.effectiveAt : undefined;
  for (const entry of changed.entries) {
    tables.putEntry(entry, { recordedAt: stored.recordedtime, effectiveAt });
  }
}
