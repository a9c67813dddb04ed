import type { Payment } from './payment.ts';

/** What is to be done next to bring a payment to its end. */
export type Due = 'authorise' | 'capture' | 'void' | 'expire' | 'settle' | 'give-back' | 'refund';

/** What a payment waits for, and from when on; undefined while it waits for a client, or for nobody. */
export function dueOf(payment: Payment): { what: Due; atMs: number } | undefined {
  const { status, request, settlementRefused, giveBack, refunds, initiated } = payment;
  switch (status) {
    case 'initiated':
      return { what: 'authorise', atMs: 0 };
    case 'authorised':
      if (request !== undefined) return { what: request.kind, atMs: 0 };
      return { what: 'expire', atMs: Date.parse(initiated.expiresAt) };
    case 'captured':
      if (settlementRefused === undefined) return { what: 'settle', atMs: 0 };
      return { what: 'give-back', atMs: giveBack ? Date.parse(giveBack.nextAttemptAt) : 0 };
    case 'settled':
      if (refunds.some((refund) => refund.status === 'requested'))
        return { what: 'refund', atMs: 0 };
      return undefined;
    case 'declined':
    case 'voided':
    case 'refunded':
      return undefined;
  }
}
