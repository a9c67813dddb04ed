import { amountRefunded, type Payment } from '../domain/payment.ts';
import type { Payments } from '../domain/payments.ts';

/** How it was authorised, or not. What became of it later makes no difference to this. */
export function authorisationAnswer(payments: Payments, paymentId: string): object {
  const { initiated, status, reason } = known(payments, paymentId);
  const { amount, currency, from, to } = initiated;
  const order = { paymentId, amount, currency, from, to };
  if (status === 'initiated') return { ...order, status };
  if (status === 'declined') return { ...order, status, reason };
  return { ...order, status: 'authorised' };
}

/** Whether it was captured, or voided since it could not be. */
export function captureAnswer(payments: Payments, paymentId: string): object {
  const { initiated, captured, status, reason } = known(payments, paymentId);
  const { currency } = initiated;
  if (captured === undefined) return { paymentId, status, ...(reason && { reason }) };
  return { paymentId, status: 'captured', amount: captured.amount, currency };
}

export function voidAnswer(payments: Payments, paymentId: string): object {
  const { status, reason } = known(payments, paymentId);
  return { paymentId, status, ...(reason && { reason }) };
}

/** @param resourceId `<paymentId>/<refundId>` */
export function refundAnswer(payments: Payments, resourceId: string): object {
  const [paymentId = '', refundId = ''] = resourceId.split('/');
  const { initiated, refunds } = known(payments, paymentId);
  const refund = refunds.find((one) => one.refundId === refundId);
  return { paymentId, ...refund, currency: initiated.currency };
}

/** All that is known of it. */
export function paymentAnswer(payment: Payment): object {
  const { initiated, status, reason, captured, refunds } = payment;
  const { idempotencyKey: _, ...order } = initiated;
  return {
    ...order,
    status,
    ...(reason && { reason }),
    ...(captured && { captured: captured.amount, refunded: amountRefunded(refunds), refunds }),
  };
}

function known(payments: Payments, paymentId: string): Payment {
  const payment = payments.payment(paymentId);
  if (payment === undefined) throw new Error(`payment ${paymentId} is unknown`);
  return payment;
}
