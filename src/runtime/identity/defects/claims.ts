import { FintechError } from '../../../kernel/errors.ts';
import type { TokenDraft } from '../signing.ts';
import { type Defect, INSUFFICIENT_SCOPE, INVALID_TOKEN } from './contract.ts';

const HOUR_S = 3600;
const OTHER_PARTY = 'https://other.example';

/** Tokens that are truly signed, with one claim that must not pass. */
export const CLAIM_DEFECTS: readonly Defect[] = [
  {
    ...refused('claims/expired', 'C1', 'Expired an hour ago'),
    sources: ['RFC 7519 §4.1.4', 'RFC 9068 §4'],
    // All of its life lies in the past, so that its length stays what it was.
    edit: (draft) => {
      const exp = Number(draft.claims['iat']) - HOUR_S;
      const lifetime = Number(draft.claims['exp']) - Number(draft.claims['iat']);
      return withClaims(draft, { iat: exp - lifetime, exp });
    },
  },
  {
    ...refused('claims/expiry-missing', 'C3', 'Without an expiry'),
    sources: ['RFC 9068 §2.2'],
    edit: (draft) => withoutClaim(draft, 'exp'),
  },
  {
    ...refused('claims/not-yet-valid', 'C5', 'Valid only from the moment it expires'),
    sources: ['RFC 7519 §4.1.5'],
    edit: (draft) => withClaims(draft, { nbf: draft.claims['exp'] }),
  },
  {
    ...refused('claims/issuer-other', 'C8', 'Names another issuer'),
    sources: ['RFC 7519 §4.1.1', 'RFC 8725 §3.8', 'RFC 9068 §4'],
    edit: (draft) => withClaims(draft, { iss: OTHER_PARTY }),
  },
  {
    ...refused('claims/issuer-missing', 'C8', 'Without an issuer'),
    sources: ['RFC 9068 §2.2'],
    edit: (draft) => withoutClaim(draft, 'iss'),
  },
  {
    ...refused('claims/audience-other', 'C10', 'Meant for another audience'),
    sources: ['RFC 7519 §4.1.3', 'RFC 8725 §3.9', 'RFC 9068 §4'],
    edit: (draft) => withClaims(draft, { aud: OTHER_PARTY }),
  },
  {
    ...refused('claims/audience-missing', 'C10', 'Without an audience'),
    sources: ['RFC 9068 §2.2'],
    edit: (draft) => withoutClaim(draft, 'aud'),
  },
  {
    ...refused('claims/subject-missing', 'C12', 'Without a subject'),
    sources: ['RFC 9068 §2.2'],
    edit: (draft) => withoutClaim(draft, 'sub'),
  },
  {
    ...refused('claims/scope-missing', 'C16', 'Without any scope'),
    sources: ['RFC 6750 §3.1'],
    expect: INSUFFICIENT_SCOPE,
    edit: (draft) => withoutClaim(draft, 'scope'),
  },
];

function refused(id: string, row: string, title: string) {
  return { id, class: row, title, from: 'sign', needs: [], expect: INVALID_TOKEN } as const;
}

function withClaims(draft: TokenDraft, claims: Record<string, unknown>): TokenDraft {
  return { ...draft, claims: { ...draft.claims, ...claims } };
}

function withoutClaim(draft: TokenDraft, claim: string): TokenDraft {
  const { [claim]: left, ...claims } = draft.claims;
  if (left === undefined) {
    throw new FintechError('USAGE_INVALID', `The token has no ${claim} that could be left out.`, {
      hint: 'A defect needs a good token to differ from.',
    });
  }
  return { ...draft, claims };
}
