import { ALGORITHM_DEFECTS } from './algorithm.ts';
import { CLAIM_NAME_DEFECTS } from './claim-names.ts';
import type { Defect } from './contract.ts';
import { DPOP_DEFECTS } from './dpop.ts';
import { EMBEDDED_KEY_DEFECTS } from './embedded-keys.ts';
import { ENCRYPTION_DEFECTS } from './encryption.ts';
import { HEADER_DEFECTS } from './header-form.ts';
import { JSON_DEFECTS } from './json-text.ts';
import { KEY_DEFECTS } from './key-choice.ts';
import { CONFUSION_DEFECTS } from './key-confusion.ts';
import { MTLS_DEFECTS } from './mtls.ts';
import { PARTY_DEFECTS } from './parties.ts';
import { RIGHT_DEFECTS } from './rights.ts';
import { SCOPE_DEFECTS } from './scopes.ts';
import { SIGNATURE_FORM_DEFECTS } from './signature-form.ts';
import { SIGNATURE_DEFECTS } from './signature.ts';
import { SIZE_DEFECTS } from './size.ts';
import { SUBJECT_DEFECTS } from './subjects.ts';
import { TIME_DEFECTS } from './times.ts';
import { TRANSPORT_DEFECTS } from './transport.ts';
import { WEAK_KEY_DEFECTS } from './weak-keys.ts';
import { FORM_DEFECTS } from './written-form.ts';

/** Every defect there is, in the order of its rows. */
export const DEFECTS: readonly Defect[] = [
  ...SIGNATURE_DEFECTS,
  ...CONFUSION_DEFECTS,
  ...ALGORITHM_DEFECTS,
  ...KEY_DEFECTS,
  ...EMBEDDED_KEY_DEFECTS,
  ...HEADER_DEFECTS,
  ...ENCRYPTION_DEFECTS,
  ...FORM_DEFECTS,
  ...JSON_DEFECTS,
  ...SIZE_DEFECTS,
  ...SIGNATURE_FORM_DEFECTS,
  ...WEAK_KEY_DEFECTS,
  ...TIME_DEFECTS,
  ...PARTY_DEFECTS,
  ...SUBJECT_DEFECTS,
  ...SCOPE_DEFECTS,
  ...RIGHT_DEFECTS,
  ...CLAIM_NAME_DEFECTS,
  ...DPOP_DEFECTS,
  ...MTLS_DEFECTS,
  ...TRANSPORT_DEFECTS,
].toSorted((one, other) => rank(one) - rank(other));

/** `S3` before `S10`, all of S before C, D, M and T. */
function rank({ class: row }: Defect): number {
  return 'SCDMT'.indexOf(row.charAt(0)) * 100 + Number(row.slice(1));
}
