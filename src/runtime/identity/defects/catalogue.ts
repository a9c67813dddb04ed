import { CLAIM_DEFECTS } from './claims.ts';
import type { Defect } from './contract.ts';
import { DPOP_DEFECTS } from './dpop.ts';
import { HEADER_DEFECTS, SIGNATURE_DEFECTS } from './signature.ts';
import { TRANSPORT_DEFECTS } from './transport.ts';

/** Every defect that can be minted or sent, ordered by group. */
export const DEFECTS: readonly Defect[] = [
  ...CLAIM_DEFECTS,
  ...HEADER_DEFECTS,
  ...SIGNATURE_DEFECTS,
  ...DPOP_DEFECTS,
  ...TRANSPORT_DEFECTS,
];
