import type { RefusalCode } from '../domain/refusals.ts';

/** HTTP's word for each refusal: 404 not there, 409 its state forbids it, 422 a rule does. */
export const REFUSAL_STATUS: Readonly<Record<RefusalCode, 404 | 409 | 422>> = {
  'endpoint-unknown': 404,
  'delivery-unknown': 404,
  'source-unknown': 404,
  'endpoint-exists': 409,
  'endpoint-disabled': 409,
  'endpoint-enabled': 409,
  'source-exists': 409,
  'secret-dictated': 409,
  'delivery-in-flight': 409,
  'delivery-not-due': 409,
  'attempt-superseded': 409,
  'message-differs': 409,
  'target-refused': 422,
  'range-empty': 422,
};
