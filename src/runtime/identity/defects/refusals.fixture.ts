import type { RefusalReason } from '../../access/contract.ts';
import type { Defect } from './contract.ts';

/** What our verifier says of a token; `no scope`: it is good, and grants too little. */
export type Finding = RefusalReason | 'accepted' | 'no scope';

/** Why we refuse the defects of each row. */
const BY_ROW: Readonly<Record<string, Finding>> = {
  S1: 'structure',
  S2: 'structure',
  S3: 'signature',
  S4: 'signature',
  S5: 'signature',
  S6: 'algorithm',
  S7: 'algorithm',
  S8: 'algorithm',
  S9: 'algorithm',
  S10: 'algorithm',
  S11: 'key-unknown',
  S12: 'key-unknown',
  S13: 'algorithm',
  S14: 'algorithm',
  S15: 'embedded-key',
  S16: 'embedded-key',
  S17: 'embedded-key',
  S18: 'critical',
  S19: 'critical',
  S20: 'type',
  S21: 'type',
  S22: 'structure',
  S23: 'structure',
  S24: 'structure',
  S25: 'encoding',
  S26: 'duplicate-member',
  S27: 'claims-format',
  S28: 'too-large',
  S29: 'structure',
  S30: 'structure',
  S31: 'signature',
  S32: 'algorithm',
  S33: 'key-unknown',
  S34: 'key-unknown',
  S35: 'key-unknown',
  C1: 'expired',
  C2: 'expired',
  C3: 'claim-missing',
  C4: 'claims-format',
  C5: 'not-yet-valid',
  C6: 'not-yet-valid',
  C7: 'lifetime',
  C8: 'issuer',
  C9: 'key-unknown',
  C10: 'audience',
  C11: 'audience-shared',
  C12: 'claims-format',
  C13: 'client',
  C14: 'claims-format',
  C15: 'replayed',
  C16: 'no scope',
  C17: 'no scope',
  C18: 'no scope',
  C19: 'authentication',
  C20: 'consent',
  C21: 'actor',
  C22: 'owner',
  C24: 'revoked',
  C25: 'structure',
  C26: 'claim-missing',
};

/** Those that another step than that of their row finds, most of them the one before it. */
const BY_ID: Readonly<Record<string, Finding>> = {
  'signature/none-signed': 'algorithm',
  'signature/none-title-case-signed': 'algorithm',
  'signature/none-upper-case-signed': 'algorithm',
  'signature/none-mixed-case-signed': 'algorithm',
  'signature/zero-byte': 'signature',
  'signature/key-id-removed': 'key-unknown',
  'kid/shell': 'key-unknown',
  'kid/url': 'key-unknown',
  'kid/huge': 'too-large',
  'b64/not-critical': 'header',
  'nested/signed-twice': 'claims-format',
  'header/not-json': 'header',
  'header/list': 'header',
  'header/text': 'header',
  'header/null': 'header',
  'header/trailing': 'header',
  'header/byte-order-mark': 'header',
  'header/utf16': 'header',
  'header/bad-utf8': 'header',
  'size/nested-claims': 'claims-format',
  'size/nested-header': 'header',
  'zip/signed': 'claims-format',
  'time/negative': 'expired',
  'claims/issued-missing': 'claim-missing',
  'claims/issuer-missing': 'claim-missing',
  'claims/audience-missing': 'claim-missing',
  'claims/subject-missing': 'claim-missing',
  'claims/subject-client': 'client',
  'claims/client-missing': 'claim-missing',
  'claims/client-number': 'claims-format',
  'claims/id-missing': 'claim-missing',
  'names/prototype-scope': 'no scope',
  'names/constructor': 'no scope',
  'names/look-alike-scope': 'no scope',
};

/** What our verifier must say of a defect made with an algorithm. */
export function findingFor({ id, class: row, expect }: Defect, algorithm: string): Finding {
  if (expect.status === 200) return 'accepted';
  // Under a published ES256 key it is only the signature that tells.
  if (id === 'algorithm/es256-by-p384' && algorithm === 'ES256') return 'signature';
  const finding = BY_ID[id] ?? BY_ROW[row];
  if (finding === undefined) throw new Error(`nothing is said of why ${id} is refused`);
  return finding;
}
