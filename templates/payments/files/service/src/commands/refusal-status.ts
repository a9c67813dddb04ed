import type { RefusalCode } from '../domain/refusals.ts';

/** HTTP's word for each refusal: 404 not there, 409 its state forbids it, 422 a rule does. */
export const REFUSAL_STATUS: Readonly<Record<RefusalCode, 404 | 409 | 422>> = {
  'account-unknown': 404,
  'payment-unknown': 404,
  'payment-exists': 409,
  'payment-not-authorised': 409,
  'payment-not-settled': 409,
  'step-pending': 409,
  'refund-exists': 409,
  'same-account-on-both-sides': 422,
  'capture-exceeded': 422,
  'refund-exceeded': 422,
};
