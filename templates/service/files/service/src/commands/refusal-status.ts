import type { RefusalCode } from '../domain/refusals.ts';

/** HTTP's word for each refusal: 404 not there, 409 its state forbids it, 422 a rule does. */
export const REFUSAL_STATUS: Readonly<Record<RefusalCode, 404 | 409 | 422>> = {
  'note-exists': 409,
};
