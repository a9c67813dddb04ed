import type { PaymentFact } from '../../facts.ts';
import { compileKeys, type MappedKeys } from '../fact-keys.ts';
import { type CompileFact, pathsOf } from '../fact-reader.ts';
import type { RecordReader } from '../record-reader.ts';

const EFFECTS = [
  'initiated',
  'authorised',
  'captured',
  'settled',
  'declined',
  'voided',
  'refunded',
  'charged-back',
] as const satisfies readonly PaymentFact['step'][];

/** `payment: { id, effect, … }`. A text as `payment` is which payment a transaction is of. */
export const compilePayment: CompileFact = (place, { payment }) => {
  if (payment === undefined || typeof payment === 'string' || !('effect' in payment)) {
    return undefined;
  }
  const keys = compileKeys(place.in('payment'), payment as Record<string, never>, {
    required: ['id', 'effect'],
    optional: ['amount', 'currency', 'refund', 'key', 'transaction'],
    words: { effect: EFFECTS },
  });
  if (keys === undefined) return undefined;
  return { what: 'payment', paths: pathsOf(keys), read: (record) => readPayment(record, keys) };
};

type Keys = MappedKeys<'id' | 'effect', 'amount' | 'currency' | 'refund' | 'key' | 'transaction'>;

function readPayment(record: RecordReader, keys: Keys): PaymentFact {
  const scope = record.root;
  const { event } = record;
  const step = record.oneOf(keys.effect, scope, EFFECTS) ?? 'settled';
  const written = keys.currency && record.currency(keys.currency, scope);
  const amount = record.optionalAmount(keys.amount, { scope, currency: written });
  const refundId = record.optionalText(keys.refund, scope);
  const transactionId = record.optionalText(keys.transaction, scope);
  return {
    kind: 'payment',
    event,
    step,
    paymentId: record.text(keys.id, scope),
    ...(amount !== undefined && { amount }),
    ...(written !== undefined && { currency: written.code }),
    ...(refundId !== undefined && { refundId }),
    ...(transactionId !== undefined && { transactionId }),
    idempotencyKey: record.optionalText(keys.key, scope) ?? event.idempotencyKey,
  };
}
