import { type Payments, paymentsAfter } from '../domain/payments.ts';
import { streams } from '../names.ts';
import type { Domain } from './command-handler.ts';

/** Payments, as the command handler needs them. */
export function paymentsDomain(payments: Payments): Domain<Payments> {
  return { view: payments, watched: watchedPayments, after: paymentsAfter };
}

/** Who owns an account is told by others and never changes, so no decision hangs on its stream. */
function watchedPayments(payments: Payments, note: (stream: string) => void): Payments {
  return {
    payment(paymentId) {
      note(streams.payment(paymentId));
      return payments.payment(paymentId);
    },
    paymentOfRefund(refundId) {
      note(streams.refund(refundId));
      return payments.paymentOfRefund(refundId);
    },
    ownerOf: (accountId) => payments.ownerOf(accountId),
  };
}
