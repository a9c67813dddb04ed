import type { TokenDraft } from '../signing.ts';
import { ACCEPTED, type Defect } from './contract.ts';
import { type About, forged, signed } from './entries.ts';
import { attacked, attackerOf } from './stranger.ts';
import { nothingToBreak, textClaim, withClaims, withoutClaim } from './token-parts.ts';

const OTHER_PARTY = 'https://other.example';
const ISSUER = ['RFC 7519 §4.1.1', 'RFC 8725 §3.8', 'RFC 9068 §4'];
const MIX_UP = ['RFC 8725 §3.8', 'RFC 9700 §4.4'];
const AUDIENCE = ['RFC 7519 §4.1.3', 'RFC 8725 §3.9', 'RFC 9068 §4'];
const REQUIRED = ['RFC 9068 §2.2'];

/** Whom a token is from, and whom it is for: one name that is nearly right, or not there. */
export const PARTY_DEFECTS: readonly Defect[] = [
  issuer('claims/issuer-other', 'Names another issuer', () => OTHER_PARTY),
  left('claims/issuer-missing', 'C8', 'Without an issuer', 'iss'),
  issuer('claims/issuer-case', 'Its issuer in capitals', (iss) => iss.toUpperCase()),
  issuer('claims/issuer-slash', 'A slash at the end of its issuer, or taken from it', (iss) =>
    iss.endsWith('/') ? iss.slice(0, -1) : `${iss}/`,
  ),
  issuer('claims/issuer-scheme', 'Its issuer over http for https, or the reverse', (iss) =>
    iss.startsWith('https:') ? iss.replace('https:', 'http:') : iss.replace('http:', 'https:'),
  ),
  issuer('claims/issuer-look-alike', 'The name of its issuer within a longer one', (iss) =>
    iss.replace(/^(https?:\/\/[^/:]+)/, '$1.example'),
  ),
  issuer(
    'claims/issuer-user-info',
    'Its issuer as the user name of another host',
    (iss) => `${iss.replace(/\/$/, '')}@other.example`,
  ),
  issuer('claims/issuer-list', 'A list of issuers with the right one', (iss) => [iss, OTHER_PARTY]),
  forged(
    {
      id: 'issuer/key-of-another',
      class: 'C9',
      title: "The right issuer, another's key",
      sources: MIX_UP,
    },
    'proof',
    (good) => attacked(good, { kid: attackerOf(good).kid }),
  ),
  forged(
    { id: 'issuer/another', class: 'C9', title: 'A good token of another issuer', sources: MIX_UP },
    'proof',
    (good) => attacked(withClaims(good, { iss: OTHER_PARTY }), { kid: attackerOf(good).kid }),
  ),
  audience({ id: 'claims/audience-other', title: 'Meant for another audience' }, () => OTHER_PARTY),
  left('claims/audience-missing', 'C10', 'Without an audience', 'aud'),
  audience({ id: 'claims/audience-empty', title: 'Its audience has no letters' }, () => ''),
  audience({ id: 'claims/audience-empty-list', title: 'An empty list of audiences' }, () => []),
  audience({ id: 'claims/audience-part', title: 'The beginning of the audience' }, (aud) =>
    aud.slice(0, -1),
  ),
  audience(
    { id: 'claims/audience-longer', title: 'A longer name than the audience' },
    (aud) => `${aud}-internal`,
  ),
  audience({ id: 'claims/audience-case', title: 'Its audience in capitals' }, (aud) =>
    aud.toUpperCase(),
  ),
  audience({ id: 'claims/audience-others', title: 'A list of other audiences' }, (aud) => [
    OTHER_PARTY,
    `${aud}-internal`,
  ]),
  audience({ id: 'claims/audience-object', title: 'Its audience is an object' }, (aud) => ({
    [aud]: true,
  })),
  audience(
    {
      id: 'claims/audience-list',
      class: 'C11',
      title: 'A list with the audience alone: must be accepted',
      expect: ACCEPTED,
    },
    (aud) => [aud],
  ),
  audience(
    {
      id: 'claims/audience-among-others',
      class: 'C11',
      title: 'A list with the audience and another: accepted, unless it must be the only one',
      expect: { ...ACCEPTED, or: [401] },
    },
    (aud) => [aud, OTHER_PARTY],
  ),
  audience(
    {
      id: 'claims/audience-not-sole',
      class: 'C11',
      title: 'A list with the audience and another, where it must be the only one',
      needs: ['sole-audience'],
    },
    (aud) => [aud, OTHER_PARTY],
  ),
];

function issuer(id: string, title: string, change: (iss: string) => unknown): Defect {
  return signed(
    { id, class: 'C8', title, sources: ISSUER },
    { edit: (draft) => withClaims(draft, { iss: changed(textClaim(draft, 'iss'), change) }) },
  );
}

function audience(
  about: Pick<About, 'id' | 'title'> & Partial<About>,
  change: (aud: string) => unknown,
): Defect {
  return signed(
    { class: 'C10', sources: AUDIENCE, ...about },
    { edit: (draft) => withClaims(draft, { aud: changed(soleAudience(draft), change) }) },
  );
}

function left(...[id, row, title, claim]: [string, string, string, string]): Defect {
  return signed(
    { id, class: row, title, sources: REQUIRED },
    { edit: (draft) => withoutClaim(draft, claim) },
  );
}

function soleAudience(draft: TokenDraft): string {
  const { aud } = draft.claims;
  return textClaim(Array.isArray(aud) ? withClaims(draft, { aud: aud[0] }) : draft, 'aud');
}

/** @throws FintechError USAGE_INVALID where a name is its own look-alike, such as one in capitals */
function changed(name: string, change: (name: string) => unknown): unknown {
  const value = change(name);
  if (value === name) throw nothingToBreak(`${name} has no such look-alike.`);
  return value;
}
