import type { RefusalCode } from '../domain/refusals.ts';

/** HTTP's word for each refusal. Those of the ledger come with a status of their own. */
export const REFUSAL_STATUS: Readonly<Record<RefusalCode, 404 | 409 | 422>> = {
  'account-unknown': 404,
  'account-exists': 409,
  'change-pending': 409,
};
