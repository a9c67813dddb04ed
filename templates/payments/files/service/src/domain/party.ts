import type { Payment } from './payment.ts';
import type { Payments } from './payments.ts';

/** Whoever asks for something. */
export interface Party {
  subject: string;
  /** Another service, or somebody who may act for whatever owner. */
  isTrusted: boolean;
}

/** Whether somebody may spend from, or give back out of, an account. One without an owner is open to all. */
export function mayUse(payments: Payments, party: Party, accountId: string): boolean {
  const owner = payments.ownerOf(accountId);
  return party.isTrusted || owner === undefined || owner === party.subject;
}

/** Whether a payment is somebody's business: an owner on either side keeps strangers out. */
export function maySee(payments: Payments, party: Party, { initiated }: Payment): boolean {
  const owners = [initiated.from, initiated.to]
    .map((accountId) => payments.ownerOf(accountId))
    .filter((owner) => owner !== undefined);
  return party.isTrusted || owners.length === 0 || owners.includes(party.subject);
}
