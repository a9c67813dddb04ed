import { CLAIM_DEFECTS } from './claims.ts';
import type { Defect } from './contract.ts';
import { HEADER_DEFECTS, SIGNATURE_DEFECTS } from './signature.ts';

/** Every defect that can be minted, ordered by group. */
export const DEFECTS: readonly Defect[] = [
  ...CLAIM_DEFECTS,
  ...HEADER_DEFECTS,
  ...SIGNATURE_DEFECTS,
];
