import {
  authorisationAnswer,
  captureAnswer,
  refundAnswer,
  voidAnswer,
} from '../commands/answers.ts';
import type { Payment } from '../domain/payment.ts';
import type { Payments } from '../domain/payments.ts';
import type { ReadModel } from '../projection/read-model.ts';
import type { Outcome } from './run-command.ts';

interface Source {
  model: ReadModel;
  payments: Payments;
  /** How long a client waits for a step before it is told 202. */
  answerWithinMs?: number | undefined;
  /** Aborted once nobody may be kept waiting any more. */
  closing: AbortSignal;
}

const ANSWER_WITHIN_MS = 5000;

type Waiting = (resourceId: string, status: number) => Promise<Outcome>;

export function afterAuthorisation(source: Source): Waiting {
  const isOver = ({ status }: Payment) => status !== 'initiated';
  return (paymentId, status) =>
    after(source, { isOver, paymentId, status }, () =>
      authorisationAnswer(source.payments, paymentId),
    );
}

/** Waits for the settlement too, so that whoever is told of the capture can refund it. */
export function afterCapture(source: Source): Waiting {
  const isOver = ({ request }: Payment) => request === undefined;
  const hasSettled = (payment: Payment) =>
    isOver(payment) && (payment.status !== 'captured' || payment.settlementRefused !== undefined);
  return (paymentId, status) =>
    after(source, { isOver, until: hasSettled, paymentId, status }, () =>
      captureAnswer(source.payments, paymentId),
    );
}

export function afterVoid(source: Source): Waiting {
  const isOver = ({ request }: Payment) => request === undefined;
  return (paymentId, status) =>
    after(source, { isOver, paymentId, status }, () => voidAnswer(source.payments, paymentId));
}

export function afterRefund(source: Source): Waiting {
  return (resourceId, status) => {
    const [paymentId = '', refundId] = resourceId.split('/');
    const isOver = ({ refunds }: Payment) =>
      refunds.some((refund) => refund.refundId === refundId && refund.status !== 'requested');
    return after(source, { isOver, paymentId, status }, () =>
      refundAnswer(source.payments, resourceId),
    );
  };
}

interface Wait {
  paymentId: string;
  /** Whether the step has ended, and so earned its status. */
  isOver: (payment: Payment) => boolean;
  /** What is waited for, where that is more. */
  until?: (payment: Payment) => boolean;
  status: number;
}

/** Waits until a step is over: then the status it has earned; else 202, with how far it came. */
async function after(
  { model, payments, answerWithinMs = ANSWER_WITHIN_MS, closing }: Source,
  { paymentId, isOver, until = isOver, status }: Wait,
  body: () => object,
): Promise<Outcome> {
  const is = (wanted: (payment: Payment) => boolean) => {
    const payment = payments.payment(paymentId);
    return payment !== undefined && wanted(payment);
  };
  const enough = AbortSignal.any([closing, AbortSignal.timeout(answerWithinMs)]);
  await model.until(() => is(until) || undefined, enough);
  return { status: is(isOver) ? status : 202, body: body() };
}
