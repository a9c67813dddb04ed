import type { PaymentEvent } from '../domain/events.ts';
import { clearingAccount, type StepContext } from './step-context.ts';

/** Pays what was captured to the payee. */
export async function settle(context: StepContext): Promise<PaymentEvent[]> {
  const { payment, ledger, occasion } = context;
  const { paymentId, to } = payment.initiated;
  const moved = await ledger.move({ ...fromClearing(context), to }, occasion('settle'));
  if (!moved.ok) {
    return [{ type: 'settlement-refused', data: { paymentId, reason: moved.reason } }];
  }
  const transactionId = String(moved.body['transactionId']);
  return [{ type: 'settled', data: { paymentId, transactionId } }];
}

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 3_600_000;

/**
 * The payee cannot be paid, so the payer gets all of it back. The ledger remembers a refusal by
 * its key, so every attempt has a key of its own.
 */
export async function giveBack(context: StepContext): Promise<PaymentEvent[]> {
  const { payment, ledger, occasion } = context;
  const { initiated, settlementRefused: reason = 'unknown' } = payment;
  const { paymentId, from } = initiated;
  const attempt = (payment.giveBack?.refusals ?? 0) + 1;
  const movement = fromClearing(context);
  const moved = await ledger.move({ ...movement, to: from }, occasion(`give-back-${attempt}`));
  if (!moved.ok) {
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS);
    const nextAttemptAt = new Date(Date.now() + pauseMs).toISOString();
    const refused = { paymentId, attempt, reason: moved.reason, nextAttemptAt };
    return [{ type: 'give-back-refused', data: refused }];
  }
  const transactionId = String(moved.body['transactionId']);
  const { amount, currency } = movement;
  // An id that no client can give to a refund.
  const refund = {
    paymentId,
    refundId: `${paymentId}:give-back`,
    amount,
    currency,
    transactionId,
    reason,
  };
  return [
    { type: 'refunded', data: refund },
    { type: 'settled', data: { paymentId, transactionId, reason } },
  ];
}

/** Gives some of a settled payment back, out of the payee's account. */
export async function refund({ payment, ledger, occasion }: StepContext): Promise<PaymentEvent[]> {
  const { paymentId, currency, from, to } = payment.initiated;
  const wanted = payment.refunds.find(({ status }) => status === 'requested');
  if (wanted === undefined) return [];
  const { refundId, amount } = wanted;
  const movement = { from: to, to: from, amount, currency };
  const moved = await ledger.move(movement, occasion(`refund-${refundId}`));
  if (!moved.ok) {
    return [{ type: 'refund-declined', data: { paymentId, refundId, reason: moved.reason } }];
  }
  const transactionId = String(moved.body['transactionId']);
  const data = { paymentId, refundId, amount, currency, transactionId };
  return [{ type: 'refunded', data }];
}

function fromClearing({ payment }: StepContext): {
  from: string;
  amount: number;
  currency: string;
} {
  const { currency } = payment.initiated;
  return { from: clearingAccount(currency), amount: payment.captured?.amount ?? 0, currency };
}
