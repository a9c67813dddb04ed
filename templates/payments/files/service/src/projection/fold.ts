import type { PaymentEvent, PaymentFacts } from '../domain/events.ts';
import { evolve } from '../domain/payment.ts';
import { AREA } from '../names.ts';
import type { StoredEvent } from '../platform/event-store.ts';
import { traceIdOf } from '../platform/trace.ts';
import { eventType } from './event-type.ts';
import { isOwnStream } from './own-stream.ts';
import type { Tables } from './tables.ts';

const TYPES: ReadonlySet<string> = new Set<keyof PaymentFacts>([
  'initiated',
  'authorised',
  'declined',
  'timed-out',
  'capture-requested',
  'captured',
  'settled',
  'settlement-refused',
  'give-back-refused',
  'void-requested',
  'voided',
  'refund-requested',
  'refund-named',
  'refunded',
  'refund-declined',
]);

/**
 * Takes one event of the log into the tables. Somebody else's changes nothing, but for the
 * owners that `accounts` tells of.
 * @throws Error for an event of ours that this code cannot read
 */
export function fold(tables: Tables, stored: StoredEvent): void {
  const { area, name, version } = eventType(stored.type);
  if (area === 'accounts' && name === 'opened') return foldOwner(tables, stored);
  if (area !== AREA || !isOwnStream(stored.subject) || !TYPES.has(name)) return;
  if (version !== '1') {
    throw new Error(`${stored.type} is of a version this service does not know`);
  }
  const event = { type: name, data: stored.data } as PaymentEvent;
  if (event.type === 'refund-named') {
    return tables.putRefund(event.data.refundId, event.data.paymentId);
  }
  const payment = evolve(tables.payment(event.data.paymentId), event);
  const traceId = traceIdOf(stored.traceparent);
  tables.putPayment(payment, { lastEvent: stored.id, traceId });
}

function foldOwner(tables: Tables, { data }: StoredEvent): void {
  const { accountId, owner } = data as { accountId: string; owner?: string };
  if (owner !== undefined) tables.putOwner(accountId, owner);
}
