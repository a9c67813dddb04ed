import type { DomainEvent } from '../domain/events.ts';
import type { LedgerEvent } from '../domain/ledger-fold.ts';
import { AREA, ledgerStreams } from '../names.ts';
import type { StoredEvent } from '../platform/event-store.ts';
import { eventType } from './event-type.ts';
import { isOwnStream } from './own-stream.ts';

const OWN_TYPES: ReadonlySet<string> = new Set<DomainEvent['type']>([
  'opening-requested',
  'opened',
  'opening-refused',
  'freeze-requested',
  'frozen',
  'unfreeze-requested',
  'unfrozen',
  'close-requested',
  'closed',
  'change-refused',
]);

const LEDGER_TYPES: ReadonlySet<string> = new Set<LedgerEvent['type']>([
  'account-opened',
  'account-frozen',
  'account-unfrozen',
  'account-closed',
  'transaction-posted',
  'hold-placed',
  'hold-posted',
  'hold-voided',
  'hold-expired',
]);

const LEDGER_PREFIXES = Object.values(ledgerStreams).map((streamOf) => streamOf(''));

/**
 * The event of this service that a stored one is; undefined for somebody else's.
 * @throws Error for an event of ours that this code cannot read
 */
export function ownEvent({ type, subject, data }: StoredEvent): DomainEvent | undefined {
  const { area, name, version } = eventType(type);
  if (!isOwnStream(subject) || area !== AREA || !OWN_TYPES.has(name)) return undefined;
  if (version !== '1') throw unreadable(type);
  return { type: name, data } as DomainEvent;
}

/**
 * The event of the ledger that a stored one is, where it changes a balance or a status.
 * @throws Error for an event of the ledger that this code cannot read
 */
export function ledgerEvent({ type, subject, data }: StoredEvent): LedgerEvent | undefined {
  const { area, name, version } = eventType(type);
  if (!LEDGER_PREFIXES.some((prefix) => subject.startsWith(prefix))) return undefined;
  if (area !== 'ledger' || !LEDGER_TYPES.has(name)) return undefined;
  if (version !== '1') throw unreadable(type);
  const event = { type: name, data } as LedgerEvent;
  if (!amountsOf(event).every((amount) => Number.isSafeInteger(amount) && amount > 0)) {
    throw new Error(`${type} holds an amount that is no positive, exact integer`);
  }
  return event;
}

function amountsOf({ type, data }: LedgerEvent): number[] {
  if (type === 'transaction-posted') return data.postings.map(({ amount }) => amount);
  return type === 'hold-placed' ? [data.amount] : [];
}

function unreadable(type: string): Error {
  return new Error(`${type} is of a version this service does not know`);
}
