import type { TokenDraft } from '../signing.ts';
import { ACCEPTED, type Defect } from './contract.ts';
import { type About, signed } from './entries.ts';
import { numberClaim, sealBytes, withClaims, withoutClaim } from './token-parts.ts';

const HOUR_S = 3600;
const YEAR_S = 365 * 86_400;
const EXPIRY = ['RFC 7519 §4.1.4', 'RFC 9068 §4'];
const NUMERIC_DATE = ['RFC 7519 §2', 'RFC 7519 §4.1.4'];
const ISSUED = ['RFC 7519 §4.1.6', 'RFC 9068 §2.2'];

/** Truly signed tokens, used too late, too early, or at a time that is none. */
export const TIME_DEFECTS: readonly Defect[] = [
  expiring({ id: 'claims/expired', class: 'C1', title: 'Expired an hour ago' }, -HOUR_S),
  expiring(
    {
      id: 'expiry/ahead',
      class: 'C2',
      title: 'Expires in half a minute: must be accepted',
      expect: ACCEPTED,
    },
    30,
  ),
  expiring(
    {
      id: 'expiry/within-tolerance',
      class: 'C2',
      title: 'Expired a second ago: may be accepted, for clocks differ',
      expect: { ...ACCEPTED, or: [401] },
    },
    -1,
  ),
  expiring({ id: 'expiry/at-tolerance', class: 'C2', title: 'Expired five seconds ago' }, -5),
  expiring({ id: 'expiry/past-tolerance', class: 'C2', title: 'Expired five minutes ago' }, -300),
  signed(
    {
      id: 'claims/expiry-missing',
      class: 'C3',
      title: 'Without an expiry',
      sources: ['RFC 9068 §2.2'],
    },
    { edit: (draft) => withoutClaim(draft, 'exp') },
  ),
  dated('string', 'Its expiry is a string', (exp) => ({ exp: String(exp) })),
  dated('negative', 'Its expiry is negative', () => ({ exp: -1 })),
  dated('milliseconds', 'Its expiry is in milliseconds', (exp) => ({ exp: exp * 1000 })),
  dated('null', 'Its expiry is null', () => ({ exp: null })),
  dated('list', 'Its expiry is a list', (exp) => ({ exp: [exp] })),
  dated('boolean', 'Its expiry is true', () => ({ exp: true })),
  dated('issued-string', 'Its time of issue is a string', (_exp, iat) => ({ iat: String(iat) })),
  dated('not-before-string', 'Its start is a string', (_exp, iat) => ({ nbf: String(iat) })),
  signed(
    {
      id: 'time/infinite',
      class: 'C4',
      title: 'Its expiry is 1e400, which most parsers take for infinity',
      sources: NUMERIC_DATE,
    },
    {
      seal: ({ header, claims }, key) => {
        const text = JSON.stringify({ ...claims, exp: 0 }).replace('"exp":0', '"exp":1e400');
        return sealBytes(JSON.stringify(header), text, key);
      },
    },
  ),
  signed(
    {
      id: 'time/fraction',
      class: 'C4',
      title: 'Its expiry has a fraction, which is allowed',
      sources: NUMERIC_DATE,
      expect: { ...ACCEPTED, or: [401] },
    },
    { edit: (draft) => withClaims(draft, { exp: numberClaim(draft, 'exp') + 0.5 }) },
  ),
  signed(
    {
      id: 'claims/not-yet-valid',
      class: 'C5',
      title: 'Valid only from the moment it expires',
      sources: ['RFC 7519 §4.1.5'],
    },
    { edit: (draft) => withClaims(draft, { nbf: numberClaim(draft, 'exp') }) },
  ),
  signed(
    {
      id: 'claims/issued-in-future',
      class: 'C6',
      title: 'Issued an hour from now',
      sources: ISSUED,
    },
    {
      edit: (draft) =>
        withClaims(draft, {
          iat: numberClaim(draft, 'iat') + HOUR_S,
          exp: numberClaim(draft, 'exp') + HOUR_S,
        }),
    },
  ),
  signed(
    { id: 'claims/issued-missing', class: 'C6', title: 'Without a time of issue', sources: ISSUED },
    { edit: (draft) => withoutClaim(draft, 'iat') },
  ),
  signed(
    {
      id: 'claims/lifetime-long',
      class: 'C7',
      title: 'Lives for ten years',
      sources: ['FAPI 2.0 SP §5.3.2.1', 'RFC 9700 §4.10'],
      needs: ['lifetime'],
    },
    { edit: (draft) => withClaims(draft, { exp: numberClaim(draft, 'iat') + 10 * YEAR_S }) },
  ),
];

/** All of its life is moved, so that its length stays what it was. */
function expiring(about: Omit<About, 'sources'>, fromNowS: number): Defect {
  return signed(
    { ...about, sources: EXPIRY },
    {
      edit: (draft) => {
        const iat = numberClaim(draft, 'iat');
        const exp = iat + fromNowS;
        return withClaims(draft, { iat: Math.min(iat, exp - lifetimeOf(draft)), exp });
      },
    },
  );
}

function lifetimeOf(draft: TokenDraft): number {
  return numberClaim(draft, 'exp') - numberClaim(draft, 'iat');
}

function dated(
  name: string,
  title: string,
  change: (exp: number, iat: number) => Record<string, unknown>,
): Defect {
  return signed(
    { id: `time/${name}`, class: 'C4', title, sources: NUMERIC_DATE },
    {
      edit: (draft) =>
        withClaims(draft, change(numberClaim(draft, 'exp'), numberClaim(draft, 'iat'))),
    },
  );
}
