import { accepted, type Decision, refused, sameFact, taken } from './decision.ts';
import type { CaptureRequested, PaymentInitiated, RefundRequested } from './events.ts';
import { maySee, mayUse, type Party } from './party.ts';
import { amountReturning, type Payment } from './payment.ts';
import type { Payments } from './payments.ts';

/** An amount left out is all there is. */
type AllOrPart<Fact> = Omit<Fact, 'amount'> & { amount?: number };

export function initiate(payments: Payments, wanted: PaymentInitiated, party: Party): Decision {
  const { paymentId, from, to } = wanted;
  const existing = payments.payment(paymentId);
  if (existing !== undefined) {
    const same = sameFact(asked(existing.initiated), asked(wanted));
    return taken(paymentId, { same, code: 'payment-exists' });
  }
  if (!mayUse(payments, party, from)) return refused('account-unknown', `no account ${from}`);
  if (from === to) return refused('same-account-on-both-sides', `${from} would pay itself`);
  return accepted(paymentId, [{ type: 'initiated', data: wanted }]);
}

export function requestCapture(
  payments: Payments,
  { paymentId, amount }: AllOrPart<CaptureRequested>,
  party: Party,
): Decision {
  return onOpen(payments, { paymentId, party }, ({ initiated }) => {
    const wanted = amount ?? initiated.amount;
    if (wanted > initiated.amount) {
      return refused('capture-exceeded', `${paymentId} is authorised for less`);
    }
    const data = { paymentId, amount: wanted };
    return accepted(paymentId, [{ type: 'capture-requested', data }]);
  });
}

export function requestVoid(payments: Payments, paymentId: string, party: Party): Decision {
  return onOpen(payments, { paymentId, party }, () =>
    accepted(paymentId, [{ type: 'void-requested', data: { paymentId } }]),
  );
}

export function requestRefund(
  payments: Payments,
  { paymentId, refundId, amount }: AllOrPart<RefundRequested>,
  party: Party,
): Decision {
  return onPayment(payments, { paymentId, party }, (payment) => {
    const { refunds, status, captured, initiated } = payment;
    const holder = payments.paymentOfRefund(refundId);
    if (holder !== undefined && holder !== paymentId) {
      return refused('refund-exists', `another payment has a refund ${refundId}`);
    }
    const resourceId = `${paymentId}/${refundId}`;
    const existing = refunds.find((refund) => refund.refundId === refundId);
    if (existing !== undefined) {
      const same = amount === undefined || amount === existing.amount;
      return taken(resourceId, { same, code: 'refund-exists' });
    }
    if (!mayUse(payments, party, initiated.to)) {
      return refused('payment-unknown', `no payment ${paymentId}`);
    }
    const isSettled = status === 'settled' || status === 'refunded';
    if (!isSettled || captured === undefined) {
      return refused('payment-not-settled', `${paymentId} is ${status}`);
    }
    const left = captured.amount - amountReturning(refunds);
    const wanted = amount ?? left;
    if (wanted > left || wanted === 0) {
      return refused('refund-exceeded', `${paymentId} has less left to refund`);
    }
    return accepted(resourceId, [
      { type: 'refund-requested', data: { paymentId, refundId, amount: wanted } },
      { type: 'refund-named', data: { refundId, paymentId } },
    ]);
  });
}

/** On an authorised payment of which nothing else is asked. */
function onOpen(
  payments: Payments,
  of: { paymentId: string; party: Party },
  decide: (payment: Payment) => Decision,
): Decision {
  return onPayment(payments, of, (payment) => {
    const { status, request } = payment;
    if (status !== 'authorised') {
      return refused('payment-not-authorised', `${of.paymentId} is ${status}`);
    }
    if (request !== undefined) {
      return refused('step-pending', `a ${request.kind} of ${of.paymentId} is under way`);
    }
    return decide(payment);
  });
}

function onPayment(
  payments: Payments,
  { paymentId, party }: { paymentId: string; party: Party },
  decide: (payment: Payment) => Decision,
): Decision {
  const payment = payments.payment(paymentId);
  if (payment === undefined || !maySee(payments, party, payment)) {
    return refused('payment-unknown', `no payment ${paymentId}`);
  }
  return decide(payment);
}

/** What the client said, without what the moment added. */
function asked({ paymentId, amount, currency, from, to }: PaymentInitiated): object {
  return { paymentId, amount, currency, from, to };
}
