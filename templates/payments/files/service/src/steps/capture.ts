import type { PaymentEvent } from '../domain/events.ts';
import { clearingAccount, type StepContext } from './step-context.ts';

/** Takes what is reserved into the clearing account; where that is refused, frees it instead. */
export async function capture(context: StepContext): Promise<PaymentEvent[]> {
  const { payment, ledger, occasion } = context;
  const { paymentId, currency, amount: reserved } = payment.initiated;
  const amount = payment.request?.kind === 'capture' ? payment.request.amount : reserved;
  const toAccountId = clearingAccount(currency);
  const posted = await ledger.postHold({ toAccountId, amount }, occasion('capture'));
  if (!posted.ok) return free(context, posted.reason);
  const transactionId = String(posted.body['transactionId']);
  return [{ type: 'captured', data: { paymentId, amount, currency, transactionId } }];
}

/** Frees what is reserved. */
export function voidPayment(context: StepContext): Promise<PaymentEvent[]> {
  const { request } = context.payment;
  return free(context, request?.kind === 'void' ? request.reason : undefined);
}

/** A hold that the ledger has let expire is as free as one that we void. */
async function free(
  { payment, ledger, occasion }: StepContext,
  reason: string | undefined,
): Promise<PaymentEvent[]> {
  const { paymentId } = payment.initiated;
  const voided = await ledger.voidHold(occasion('void'));
  if (!voided.ok && voided.reason !== 'hold-resolved') {
    throw new Error(`the hold of ${paymentId} cannot be voided: ${voided.reason}`);
  }
  return [{ type: 'voided', data: { paymentId, ...(reason !== undefined && { reason }) } }];
}
