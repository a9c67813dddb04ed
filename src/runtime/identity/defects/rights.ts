import type { ExpectedAnswer } from '../../../model/token-defect.ts';
import type { TokenDraft } from '../signing.ts';
import { type Defect, INVALID_TOKEN } from './contract.ts';
import { type About, signed } from './entries.ts';
import { nothingToBreak, numberClaim, textClaim, withClaims, withoutClaim } from './token-parts.ts';

const STEP_UP = ['RFC 9470 §3'];
const DETAILS = ['RFC 9396 §6', 'RFC 9396 §9'];
const CONSENT = ['UK Open Banking R/W API', 'Berlin Group NextGenPSD2 §13.1'];
const ACTOR = ['RFC 8693 §4.1', 'RFC 8693 §4.4'];
const OWNER = ['OWASP API1:2023'];
const MONTH_S = 30 * 86_400;

/** RFC 9470 §3. */
const STEP_UP_NEEDED: ExpectedAnswer = {
  status: 401,
  scheme: 'Bearer',
  error: 'insufficient_user_authentication',
};
/** No RFC has an error for it; some say that the token does not do, some that the right is lacking. */
const NOT_AUTHORIZED: ExpectedAnswer = { ...INVALID_TOKEN, or: [403] };
/** The token is fine, so there is nothing to challenge; some hide that the resource is there. */
const NOT_YOURS: ExpectedAnswer = { status: 403, scheme: null, error: null, or: [404] };

/** Good tokens that do not grant what this very request needs. */
export const RIGHT_DEFECTS: readonly Defect[] = [
  about('acr-missing', 'Does not say how the user authenticated', (draft) =>
    withoutClaim(draft, 'acr'),
  ),
  about('acr-low', 'The user authenticated in a weaker way', (draft) =>
    withClaims(withoutClaim(draft, 'acr'), { acr: '0' }),
  ),
  about('time-missing', 'Does not say when the user authenticated', (draft) =>
    withoutClaim(draft, 'auth_time'),
  ),
  about('time-old', 'The user authenticated a month ago', (draft) =>
    withClaims(draft, { auth_time: numberClaim(draft, 'auth_time') - MONTH_S }),
  ),
  detailed('missing', 'Without authorization_details', (draft) =>
    withoutClaim(draft, 'authorization_details'),
  ),
  detailed('type-other', 'Authorizes another type of operation', (draft) =>
    withDetail(draft, () => ({ type: 'account_information' })),
  ),
  detailed('amount-changed', 'Authorizes another amount', (draft) =>
    withDetail(draft, ({ instructedAmount }) => ({
      instructedAmount: { ...objectOf(instructedAmount), amount: '999999.99' },
    })),
  ),
  detailed('creditor-changed', 'Authorizes another creditor', (draft) =>
    withDetail(draft, ({ creditorAccount }) => ({
      creditorAccount: { ...objectOf(creditorAccount), iban: 'DE00000000000000000000' },
    })),
  ),
  granted(
    {
      id: 'consent/other',
      class: 'C20',
      title: 'Names another consent',
      sources: CONSENT,
      needs: ['consent'],
    },
    withOtherConsent,
  ),
  acting('missing', 'Does not say who acts', (draft) => withoutClaim(draft, 'act')),
  acting('other', 'Another acts', (draft) =>
    withClaims(withoutClaim(draft, 'act'), { act: { sub: 'sandbox-stranger' } }),
  ),
  acting('reordered', 'An actor before the present one, who comes from behind', (draft) => {
    const { act } = draft.claims;
    return withClaims(withoutClaim(draft, 'act'), { act: { sub: 'sandbox-stranger', act } });
  }),
  acting('not-allowed', 'Only another may act (may_act)', (draft) => {
    return withClaims(draft, { may_act: { sub: 'sandbox-stranger' } });
  }),
  granted(
    {
      id: 'ownership/subject-other',
      class: 'C22',
      title: "Another subject's good token",
      sources: OWNER,
      needs: ['ownership'],
      expect: NOT_YOURS,
    },
    (draft) => withClaims(draft, { sub: `${textClaim(draft, 'sub')}-other` }),
  ),
];

function granted(entry: About, edit: (draft: TokenDraft) => TokenDraft): Defect {
  return signed(entry, { edit });
}

type Edit = (draft: TokenDraft) => TokenDraft;

function about(name: string, title: string, edit: Edit): Defect {
  const id = `authentication/${name}`;
  const rest = { needs: ['acr'], expect: STEP_UP_NEEDED } as const;
  return granted({ id, class: 'C19', title, sources: STEP_UP, ...rest }, edit);
}

function detailed(name: string, title: string, edit: Edit): Defect {
  const id = `details/${name}`;
  const rest = { needs: ['consent'], expect: NOT_AUTHORIZED } as const;
  return granted({ id, class: 'C20', title, sources: DETAILS, ...rest }, edit);
}

function acting(name: string, title: string, edit: Edit): Defect {
  const id = `actor/${name}`;
  const rest = { needs: ['actor'], expect: NOT_AUTHORIZED } as const;
  return granted({ id, class: 'C21', title, sources: ACTOR, ...rest }, edit);
}

/** Changes the first of the token's authorization details (RFC 9396 §2). */
function withDetail(
  draft: TokenDraft,
  change: (detail: Record<string, unknown>) => Record<string, unknown>,
): TokenDraft {
  const { authorization_details: details } = draft.claims;
  if (!Array.isArray(details) || details.length === 0) {
    throw nothingToBreak('The token has no authorization_details that could be changed.');
  }
  const [first, ...others] = details as unknown[];
  const detail = objectOf(first);
  return withClaims(draft, {
    authorization_details: [{ ...detail, ...change(detail) }, ...others],
  });
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

const CONSENT_SCOPE = /\b(AIS|PIS|PIIS|consent):\S+/;

/** A consent is named by a claim or by the parameter of a scope. */
function withOtherConsent(draft: TokenDraft): TokenDraft {
  for (const claim of ['consent_id', 'openbanking_intent_id']) {
    if (draft.claims[claim] !== undefined) return withClaims(draft, { [claim]: 'consent-other' });
  }
  const scope = textClaim(draft, 'scope');
  if (!CONSENT_SCOPE.test(scope)) throw nothingToBreak('The token names no consent.');
  return withClaims(draft, { scope: scope.replace(CONSENT_SCOPE, '$1:consent-other') });
}
