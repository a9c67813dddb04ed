import type { CommandCompleted } from '../commands/draft.ts';
import type { LedgerEvent, LedgerEventType } from '../domain/events.ts';
import { SERVICE, STREAM_PREFIX } from '../names.ts';
import type { StoredEvent } from '../platform/event-store.ts';

/** What the read model makes of an event of the log. */
export type Recorded =
  | { kind: 'ledger'; event: LedgerEvent }
  | { kind: 'command'; completed: CommandCompleted }
  /** Somebody else's, or of a type that changes nothing here. */
  | { kind: 'foreign' };

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

const TYPE = /(?:^|\.)([a-z0-9-]+)\.([a-z-]+?)(?:\.v(\d+))?$/;

/** @throws Error for an event of ours that this code cannot read */
export function recordedEvent({ type, subject, data }: StoredEvent): Recorded {
  if (!subject.startsWith(STREAM_PREFIX)) return { kind: 'foreign' };
  const [, area, name = '', version = '1'] = TYPE.exec(type) ?? [];
  const ours = area === 'ledger' && LEDGER_TYPES.has(name);
  const command = area === SERVICE && name === 'command-completed';
  if (!ours && !command) return { kind: 'foreign' };
  if (version !== '1') throw new Error(`${type} is of a version this service does not know`);
  if (command) return { kind: 'command', completed: data as CommandCompleted };
  const event = { type: name, data } as LedgerEvent;
  if (!amountsOf(event).every((amount) => Number.isSafeInteger(amount) && amount > 0)) {
    throw new Error(`${type} holds an amount that is no positive, exact integer`);
  }
  return { kind: 'ledger', event };
}

function amountsOf({ type, data }: LedgerEvent): number[] {
  if (type === 'transaction-posted') return data.postings.map(({ amount }) => amount);
  return type === 'hold-placed' || type === 'hold-posted' ? [data.amount] : [];
}
