import type { PaymentEvent } from '../domain/events.ts';
import type { Payment } from '../domain/payment.ts';
import type { Ledger, Occasion } from './ledger.ts';

/** What a step has to do with. */
export interface StepContext {
  payment: Payment;
  ledger: Ledger;
  /** @param step names the call within the payment */
  occasion: (step: string) => Occasion;
}

/**
 * Brings a payment on, and says what happened then.
 * @throws Error when the outcome is not known yet: the step is done again, with the same keys
 */
export type PaymentStep = (context: StepContext) => Promise<PaymentEvent[]>;

/** Where captured money waits until it is settled: one account for each currency. */
export function clearingAccount(currency: string): string {
  return `clearing-${currency}`;
}
