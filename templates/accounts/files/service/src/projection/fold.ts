import { book } from '../domain/ledger-fold.ts';
import { evolve } from '../domain/register.ts';
import type { StoredEvent } from '../platform/event-store.ts';
import { ledgerEvent, ownEvent } from './recorded-event.ts';
import type { Tables } from './tables.ts';

/** Takes one event of the log into the tables: one of this service, or of the ledger. */
export function fold(tables: Tables, stored: StoredEvent): void {
  const own = ownEvent(stored);
  if (own !== undefined) tables.putChanged(evolve(tables, own), stored);
  const booked = ledgerEvent(stored);
  if (booked !== undefined) tables.putBooked(book(tables, booked));
}
