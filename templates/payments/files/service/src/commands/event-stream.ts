import type { PaymentEvent } from '../domain/events.ts';
import { streams } from '../names.ts';

/** The stream that an event goes to. */
export function streamOf({ type, data }: PaymentEvent): string {
  if (type === 'refund-named') return streams.refund(data.refundId);
  return streams.payment(data.paymentId);
}
