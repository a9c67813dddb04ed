import type { RefusalCode } from '../domain/refusals.ts';

/** HTTP's word for each refusal: 404 not there, 409 its state forbids it, 422 a rule does. */
export const REFUSAL_STATUS: Readonly<Record<RefusalCode, 404 | 409 | 422>> = {
  'account-unknown': 404,
  'transaction-unknown': 404,
  'hold-unknown': 404,
  'account-exists': 409,
  'transaction-exists': 409,
  'hold-exists': 409,
  'account-frozen': 409,
  'account-not-frozen': 409,
  'account-closed': 409,
  'account-not-empty': 409,
  'already-reversed': 409,
  'hold-resolved': 409,
  'hold-expired': 409,
  unbalanced: 422,
  'same-account-on-both-sides': 422,
  'currency-mismatch': 422,
  'insufficient-funds': 422,
  'limit-exceeded': 422,
  'reversal-mismatch': 422,
  'hold-exceeded': 422,
  'expiry-passed': 422,
};
