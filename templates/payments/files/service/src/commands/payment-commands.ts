import { initiate, requestCapture, requestRefund, requestVoid } from '../domain/decide.ts';
import { recordOutcome, type StepOutcome } from '../domain/decide-outcome.ts';
import type { Party } from '../domain/party.ts';
import type { Payments } from '../domain/payments.ts';
import { authorisationAnswer } from './answers.ts';
import type { Command } from './command.ts';

/** How long things may take, in ms. */
export interface Deadlines {
  /** To authorise a payment, counted from its start. */
  authoriseMs: number;
  /** To capture it, counted likewise. */
  captureMs: number;
}

export interface Order {
  paymentId: string;
  amount: number;
  currency: string;
  from: string;
  to: string;
}

export function payCommand(
  order: Order,
  { party, deadlines }: { party: Party; deadlines: Deadlines },
): Command<Payments> {
  return {
    subjects: () => [order.paymentId],
    decide(payments, { nowMs, key }) {
      const wanted = {
        ...order,
        authoriseBy: new Date(nowMs + deadlines.authoriseMs).toISOString(),
        expiresAt: new Date(nowMs + deadlines.captureMs).toISOString(),
        ...(key !== undefined && { idempotencyKey: key }),
      };
      return initiate(payments, wanted, party);
    },
    status: 201,
    answer: authorisationAnswer,
  };
}

export function captureCommand(
  wanted: { paymentId: string; amount?: number },
  party: Party,
): Command<Payments> {
  return {
    subjects: () => [wanted.paymentId],
    decide: (payments) => requestCapture(payments, wanted, party),
    status: 200,
    answer: (_, paymentId) => ({ paymentId }),
  };
}

export function voidCommand(paymentId: string, party: Party): Command<Payments> {
  return {
    subjects: () => [paymentId],
    decide: (payments) => requestVoid(payments, paymentId, party),
    status: 200,
    answer: () => ({ paymentId }),
  };
}

export function refundCommand(
  wanted: { paymentId: string; refundId: string; amount?: number },
  party: Party,
): Command<Payments> {
  const { paymentId, refundId } = wanted;
  return {
    subjects: () => [paymentId],
    decide: (payments) => requestRefund(payments, wanted, party),
    status: 201,
    answer: () => ({ paymentId, refundId }),
  };
}

/** Said by the service itself. */
export function outcomeCommand(outcome: StepOutcome): Command<Payments> {
  const { paymentId } = outcome;
  return {
    subjects: () => [paymentId],
    decide: (payments) => recordOutcome(payments, outcome),
    status: 200,
    answer: () => ({ paymentId }),
  };
}
