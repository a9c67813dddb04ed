import { type Defect } from './contract.ts';
import { type About, forged, signed } from './entries.ts';
import { textClaim, withClaims, withoutClaim } from './token-parts.ts';

const REQUIRED = ['RFC 9068 §2.2'];
const CLIENT = ['RFC 9068 §2.2', 'RFC 9068 §5', 'RFC 8725 §3.8'];
const JTI = ['RFC 7519 §4.1.7'];
const STRANGER = 'sandbox-stranger';

/** Whom a token speaks for, who holds it, and which one it is. */
export const SUBJECT_DEFECTS: readonly Defect[] = [
  left({ id: 'claims/subject-missing', class: 'C12', title: 'Without a subject' }, 'sub'),
  set({ id: 'claims/subject-number', class: 'C12', title: 'Its subject is a number' }, { sub: 7 }),
  set(
    { id: 'claims/subject-empty', class: 'C12', title: 'Its subject has no letters' },
    { sub: '' },
  ),
  set(
    { id: 'claims/subject-list', class: 'C12', title: 'A list of subjects' },
    {
      sub: ['usr_1', 'admin'],
    },
  ),
  signed(
    {
      id: 'claims/subject-client',
      class: 'C12',
      title: 'Its subject is named like a client that may not come',
      sources: CLIENT,
      needs: ['client'],
    },
    { edit: (draft) => withClaims(draft, { sub: STRANGER, client_id: STRANGER }) },
  ),
  left({ id: 'claims/client-missing', class: 'C13', title: 'Without a client' }, 'client_id'),
  set(
    { id: 'claims/client-number', class: 'C13', title: 'Its client is a number' },
    { client_id: 7 },
  ),
  set(
    {
      id: 'claims/client-other',
      class: 'C13',
      title: 'Of a client that may not come',
      sources: CLIENT,
      needs: ['client'],
    },
    { client_id: STRANGER },
  ),
  set(
    {
      id: 'claims/authorized-party-other',
      class: 'C13',
      title: 'Its authorized party (azp) is not its client',
      sources: CLIENT,
      needs: ['client'],
    },
    { azp: STRANGER },
  ),
  left(
    { id: 'claims/id-missing', class: 'C14', title: 'Without an id (jti)', sources: JTI },
    'jti',
  ),
  set(
    { id: 'claims/id-number', class: 'C14', title: 'Its id (jti) is a number', sources: JTI },
    {
      jti: 7,
    },
  ),
  forged(
    {
      id: 'claims/id-replayed',
      class: 'C15',
      title: 'The same token a second time',
      sources: [...JTI, 'RFC 7523 §3'],
      needs: ['single-use'],
      repeated: true,
    },
    'form',
    (good) => good,
  ),
  signed(
    {
      id: 'claims/never-issued',
      class: 'C24',
      title: 'Truly signed, and unknown to its issuer when it is asked',
      sources: ['RFC 7662 §2.2', 'RFC 7009 §2'],
      needs: ['revocation'],
    },
    { edit: (draft, { random }) => withClaims(draft, { jti: random.uuid() }) },
  ),
  opaque('misuse/refresh-token', 'A refresh token', 43),
  opaque('misuse/authorization-code', 'An authorization code', 32),
];

/** What an issuer like ours gives out for other uses: random text that says nothing. */
function opaque(id: string, what: string, length: number): Defect {
  return forged(
    {
      id,
      class: 'C25',
      title: `${what} in place of an access token`,
      sources: ['RFC 8725 §2.8', 'RFC 6749 §1.5', 'RFC 6749 §10.5'],
    },
    'form',
    (good, { random }) => ({
      ...good,
      token: random.bytes(length).toString('base64url').slice(0, length),
    }),
  );
}

function left(about: Omit<About, 'sources'> & Partial<About>, claim: string): Defect {
  return signed({ sources: REQUIRED, ...about }, { edit: (draft) => withoutClaim(draft, claim) });
}

function set(
  about: Omit<About, 'sources'> & Partial<About>,
  claims: Record<string, unknown>,
): Defect {
  const [claim = ''] = Object.keys(claims);
  return signed(
    { sources: REQUIRED, ...about },
    {
      edit: (draft) => {
        // A claim that was never there is not wrong but added; only azp is meant to be.
        if (claim !== 'azp') textClaim(draft, claim);
        return withClaims(draft, claims);
      },
    },
  );
}
