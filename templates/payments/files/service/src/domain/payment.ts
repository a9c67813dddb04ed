import type { PaymentEvent, PaymentInitiated } from './events.ts';

export type PaymentStatus =
  | 'initiated'
  | 'authorised'
  | 'declined'
  | 'voided'
  | 'captured'
  | 'settled'
  | 'refunded';

export interface Refund {
  refundId: string;
  amount: number;
  status: 'requested' | 'refunded' | 'declined';
  transactionId?: string;
  reason?: string;
}

/** What was asked for and is not done yet. */
export type Request = { kind: 'capture'; amount: number } | { kind: 'void'; reason?: string };

export interface Payment {
  initiated: PaymentInitiated;
  /** `settled` until all of it is refunded. */
  status: PaymentStatus;
  /** Why it was declined, voided or given back. */
  reason?: string;
  /** Whether it was not authorised in time; then it never will be. */
  timedOut?: true;
  request?: Request;
  captured?: { amount: number; transactionId: string };
  /** Why the payee could not be paid. */
  settlementRefused?: string;
  /** How often it could not be given back to the payer either, and when that is tried again. */
  giveBack?: { refusals: number; nextAttemptAt: string };
  refunds: Refund[];
}

/** The one fold of a payment. @throws Error when the event cannot follow what was before */
export function evolve(before: Payment | undefined, event: PaymentEvent): Payment {
  if (event.type === 'initiated') {
    if (before !== undefined) throw new Error(`payment ${event.data.paymentId} began twice`);
    return { initiated: event.data, status: 'initiated', refunds: [] };
  }
  if (before === undefined) throw new Error(`payment ${event.data.paymentId} never began`);
  return next(before, event);
}

function next(before: Payment, event: Exclude<PaymentEvent, { type: 'initiated' }>): Payment {
  switch (event.type) {
    case 'authorised':
      return { ...before, status: 'authorised' };
    case 'declined':
      return { ...before, status: 'declined', reason: event.data.reason };
    case 'timed-out':
      return { ...before, timedOut: true };
    case 'capture-requested':
      return { ...before, request: { kind: 'capture', amount: event.data.amount } };
    case 'void-requested': {
      const { reason } = event.data;
      return { ...before, request: { kind: 'void', ...(reason !== undefined && { reason }) } };
    }
    case 'captured': {
      const { amount, transactionId } = event.data;
      return { ...done(before), status: 'captured', captured: { amount, transactionId } };
    }
    case 'voided':
      return { ...done(before), status: 'voided', ...reasonOf(event.data) };
    case 'settlement-refused':
      return { ...before, settlementRefused: event.data.reason };
    case 'give-back-refused': {
      const { attempt: refusals, nextAttemptAt } = event.data;
      return { ...before, giveBack: { refusals, nextAttemptAt } };
    }
    case 'settled':
      return withStatus({ ...before, status: 'settled', ...reasonOf(event.data) });
    case 'refund-requested': {
      const { refundId, amount } = event.data;
      return withRefund(before, { refundId, amount, status: 'requested' });
    }
    case 'refund-named':
      return before;
    case 'refunded': {
      const { refundId, amount, transactionId } = event.data;
      const refund: Refund = { refundId, amount, status: 'refunded', transactionId };
      return withStatus(withRefund(before, { ...refund, ...reasonOf(event.data) }));
    }
    case 'refund-declined': {
      const { refundId, reason } = event.data;
      const amount = before.refunds.find((refund) => refund.refundId === refundId)?.amount ?? 0;
      return withRefund(before, { refundId, amount, status: 'declined', reason });
    }
  }
}

/** What was given back. */
export function amountRefunded(refunds: readonly Refund[]): number {
  return sumOf(refunds.filter(({ status }) => status === 'refunded'));
}

/** What was given back, or is about to be. */
export function amountReturning(refunds: readonly Refund[]): number {
  return sumOf(refunds.filter(({ status }) => status !== 'declined'));
}

function sumOf(refunds: readonly Refund[]): number {
  return refunds.reduce((sum, { amount }) => sum + amount, 0);
}

function done(payment: Payment): Payment {
  const { request: _, ...rest } = payment;
  return rest;
}

function reasonOf({ reason }: { reason?: string }): { reason?: string } {
  return reason === undefined ? {} : { reason };
}

function withRefund(payment: Payment, refund: Refund): Payment {
  const others = payment.refunds.filter(({ refundId }) => refundId !== refund.refundId);
  return { ...payment, refunds: [...others, refund] };
}

/** Settled, or refunded once all that was captured has gone back. */
function withStatus(payment: Payment): Payment {
  if (payment.status !== 'settled') return payment;
  const back = amountRefunded(payment.refunds);
  return back === payment.captured?.amount ? { ...payment, status: 'refunded' } : payment;
}
