import type { LedgerEvent, LedgerEventType } from '../domain/events.ts';
import { AREA } from '../names.ts';
import type { StoredEvent } from '../platform/event-store.ts';
import { eventType } from './event-type.ts';
import { isOwnStream } from './own-stream.ts';

const LEDGER_TYPES: ReadonlySet<string> = new Set<LedgerEventType>([
  'account-opened',
  'account-frozen',
  'account-unfrozen',
  'account-closed',
  'account-entered',
  'transaction-posted',
  'hold-placed',
  'hold-posted',
  'hold-voided',
  'hold-expired',
]);

/**
 * The event of this ledger that a stored one is. Undefined for somebody else's, or of a type that
 * changes nothing here.
 * @throws Error for an event of ours that this code cannot read
 */
export function recordedEvent({ type, subject, data }: StoredEvent): LedgerEvent | undefined {
  const { area, name, version } = eventType(type);
  if (!isOwnStream(subject) || area !== AREA || !LEDGER_TYPES.has(name)) {
    return undefined;
  }
  if (version !== '1') throw new Error(`${type} is of a version this service does not know`);
  const event = { type: name, data } as LedgerEvent;
  if (!amountsOf(event).every((amount) => Number.isSafeInteger(amount) && amount > 0)) {
    throw new Error(`${type} holds an amount that is no positive, exact integer`);
  }
  return event;
}

function amountsOf({ type, data }: LedgerEvent): number[] {
  if (type === 'transaction-posted') return data.postings.map(({ amount }) => amount);
  return type === 'hold-placed' || type === 'hold-posted' ? [data.amount] : [];
}
