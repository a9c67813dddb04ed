import type { PaymentEvent } from './events.ts';
import { evolve, type Payment } from './payment.ts';

/** What a decision may look at. */
export interface Payments {
  payment(paymentId: string): Payment | undefined;
  /** Id of the payment that has a refund of this id. */
  paymentOfRefund(refundId: string): string | undefined;
  /** Whose account it is, where `accounts` has told. */
  ownerOf(accountId: string): string | undefined;
}

/** Payments as they stand once these events happened; the given ones stay as they are. */
export function paymentsAfter(payments: Payments, events: readonly PaymentEvent[]): Payments {
  const changed = new Map<string, Payment>();
  for (const event of events) {
    const { paymentId } = event.data;
    changed.set(paymentId, evolve(changed.get(paymentId) ?? payments.payment(paymentId), event));
  }
  return {
    payment: (id) => changed.get(id) ?? payments.payment(id),
    paymentOfRefund: (id) => payments.paymentOfRefund(id),
    ownerOf: (id) => payments.ownerOf(id),
  };
}
