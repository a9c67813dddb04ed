import type { Defect } from './contract.ts';
import { type About, signed } from './entries.ts';
import type { SigningKey, TokenDraft } from '../signing.ts';
import { signatureOf } from '../signing.ts';
import { encoded, textClaim, withClaims, withHeader, withoutHeader } from './token-parts.ts';

const CRITICAL = ['RFC 7515 §4.1.11'];
const UNENCODED = ['RFC 7797 §7'];
const TYPE = ['RFC 9068 §4', 'RFC 8725 §3.11', 'RFC 8725 §3.12'];

/** Truly signed tokens whose header must not pass. */
export const HEADER_DEFECTS: readonly Defect[] = [
  critical('unknown', 'Lists an extension nobody knows as critical', {
    crit: ['x-sandbox'],
    'x-sandbox': 1,
  }),
  critical('empty', 'An empty list of critical extensions', { crit: [] }),
  critical('absent', 'Lists as critical what its header does not hold', { crit: ['x-sandbox'] }),
  critical('duplicated', 'Lists a critical extension twice', {
    crit: ['x-sandbox', 'x-sandbox'],
    'x-sandbox': 1,
  }),
  critical('standard', 'Lists a member of the standard as critical', { crit: ['alg'] }),
  critical('no-list', 'Names a critical extension outside a list', {
    crit: 'x-sandbox',
    'x-sandbox': 1,
  }),
  signed(
    {
      id: 'b64/false',
      class: 'S19',
      title: 'Signed over its payload unencoded (b64)',
      sources: UNENCODED,
    },
    {
      edit: (draft) => withHeader(draft, { b64: false, crit: ['b64'] }),
      seal: sealUnencoded,
    },
  ),
  signed(
    {
      id: 'b64/not-critical',
      class: 'S19',
      title: 'Signed over its payload unencoded, without crit',
      sources: UNENCODED,
    },
    { edit: (draft) => withHeader(draft, { b64: false }), seal: sealUnencoded },
  ),
  typed({ id: 'header/type-other', title: 'Typed as a plain JWT, not as an access token' }, 'JWT'),
  signed(
    { id: 'type/missing', class: 'S20', title: 'Without a type', sources: TYPE },
    { edit: (draft) => withoutHeader(draft, 'typ') },
  ),
  typed({ id: 'type/id-token', title: 'An ID token' }, 'JWT', (draft) => {
    const iat = draft.claims['iat'];
    return { nonce: 'n-0S6', auth_time: iat, azp: draft.claims['client_id'] };
  }),
  typed({ id: 'type/logout', title: 'A logout token' }, 'logout+jwt', () => ({
    events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
  })),
  typed({ id: 'type/dpop', title: 'A DPoP proof' }, 'dpop+jwt', () => ({
    htm: 'GET',
    htu: 'https://api.example/',
  })),
  typed({ id: 'type/security-event', title: 'A security event' }, 'secevent+jwt', () => ({
    events: { 'https://schemas.openid.net/secevent/risc/event-type/account-disabled': {} },
  })),
  typed(
    { id: 'type/client-assertion', title: 'A client assertion' },
    'client-authentication+jwt',
    (draft) => ({ sub: textClaim(draft, 'client_id') }),
  ),
  typed({ id: 'type/request-object', title: 'A request object' }, 'oauth-authz-req+jwt', () => ({
    response_type: 'code',
  })),
  typed(
    { id: 'type/introspection', title: 'An answer of introspection' },
    'token-introspection+jwt',
    (draft) => ({ token_introspection: { ...draft.claims, active: true } }),
  ),
];

function critical(name: string, title: string, header: Record<string, unknown>): Defect {
  return signed(
    { id: `crit/${name}`, class: 'S18', title, sources: CRITICAL },
    { edit: (draft) => withHeader(draft, header) },
  );
}

/** Everything an access token has, so that only its type tells it from one. */
function typed(
  about: Pick<About, 'id' | 'title'>,
  typ: string,
  claims: (draft: TokenDraft) => Record<string, unknown> = () => ({}),
): Defect {
  return signed(
    { ...about, class: 'S20', sources: TYPE },
    { edit: (draft) => withHeader(withClaims(draft, claims(draft)), { typ }) },
  );
}

/** RFC 7797 §3: what is signed holds the payload as it is; a compact token cannot. */
function sealUnencoded({ header, claims }: TokenDraft, key: SigningKey): string {
  const [first, payload] = [encoded(JSON.stringify(header)), JSON.stringify(claims)];
  return `${first}.${encoded(payload)}.${encoded(signatureOf(`${first}.${payload}`, key))}`;
}
