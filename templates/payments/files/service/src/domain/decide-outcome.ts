import { accepted, type Decision } from './decision.ts';
import { dueOf, type Due } from './due.ts';
import type { PaymentEvent } from './events.ts';
import type { Payment } from './payment.ts';
import type { Payments } from './payments.ts';

export interface StepOutcome {
  paymentId: string;
  /** The step that came out so. */
  what: Due;
  events: PaymentEvent[];
}

/**
 * Records how a step ended. Another instance may have done the same step: whoever comes second
 * finds that it is no longer due, and records nothing.
 */
export function recordOutcome(payments: Payments, outcome: StepOutcome): Decision {
  const { paymentId, what, events } = outcome;
  const payment = payments.payment(paymentId);
  const stands =
    payment !== undefined &&
    dueOf(payment)?.what === what &&
    events.every((event) => canFollow(payment, event));
  return stands ? accepted(paymentId, events) : { outcome: 'known', resourceId: paymentId };
}

/** What was not authorised in time never is; no attempt and no refund ends twice. */
function canFollow(
  { timedOut, status, refunds, giveBack }: Payment,
  { type, data }: PaymentEvent,
): boolean {
  if (type === 'authorised' || type === 'timed-out') return timedOut !== true;
  if (type === 'give-back-refused') return data.attempt === (giveBack?.refusals ?? 0) + 1;
  if (status !== 'settled' || (type !== 'refunded' && type !== 'refund-declined')) return true;
  return refunds.some((one) => one.refundId === data.refundId && one.status === 'requested');
}
