import type { PaymentEvent } from '../domain/events.ts';
import { streams } from '../names.ts';

/** The stream that an event goes to. */
export function streamOf({ data }: PaymentEvent): string {
  return streams.payment(data.paymentId);
}
