import type { Defect } from './contract.ts';
import { type About, forged, signed } from './entries.ts';
import { attacked, attackerOf, hmacSigned } from './stranger.ts';
import { nothingToBreak, withHeader, withoutHeader } from './token-parts.ts';

const KID = ['RFC 7515 §4.1.4'];
const INJECTION = ['RFC 8725 §3.10', 'RFC 7515 §4.1.4'];
const HUGE_KID = 64 * 1024;

/** Tokens that name a key which is not theirs, or by a name that does harm where it is used. */
export const KEY_DEFECTS: readonly Defect[] = [
  signed(
    {
      id: 'header/key-unknown',
      class: 'S11',
      title: 'Names a key the issuer does not publish',
      sources: KID,
    },
    { edit: (draft) => withHeader(draft, { kid: 'sandbox-unknown' }) },
  ),
  signed(
    {
      id: 'header/key-missing',
      class: 'S12',
      title: 'Names no key where its issuer has several',
      sources: KID,
    },
    { edit: (draft) => withoutHeader(draft, 'kid') },
  ),
  signed(
    {
      id: 'header/key-other',
      class: 'S13',
      title: 'Names another published key than the one that signed it',
      sources: KID,
    },
    {
      edit: (draft, { published = [] }) => {
        const own = draft.header['kid'];
        const other = published.find((jwk) => jwk['kid'] !== own);
        if (other === undefined) throw nothingToBreak('Its issuer publishes no other key.');
        return withHeader(draft, { kid: other['kid'] });
      },
    },
  ),
  injected(
    { id: 'kid/path', title: 'A path to an empty file, HS256 with an empty secret' },
    {
      kid: '../../../../../../dev/null',
      secret: '',
    },
  ),
  injected(
    { id: 'kid/path-absolute', title: 'An absolute path to an empty file' },
    {
      kid: '/dev/null',
      secret: '',
    },
  ),
  injected(
    { id: 'kid/nul', title: 'A path that a NUL ends early' },
    {
      kid: '/dev/null\0.pem',
      secret: '',
    },
  ),
  injected(
    { id: 'kid/empty', title: 'An empty kid, HS256 with an empty secret' },
    {
      kid: '',
      secret: '',
    },
  ),
  injected(
    { id: 'kid/sql', title: 'SQL that selects the secret it is signed with' },
    {
      kid: "x' UNION SELECT 'sandbox' -- ",
      secret: 'sandbox',
    },
  ),
  injected({ id: 'kid/shell', title: 'A shell command behind a pipe' }, { kid: 'key.pem|id' }),
  injected({ id: 'kid/url', title: 'The address of a key' }, 'callback'),
  injected(
    {
      id: 'kid/huge',
      title: 'A kid of 64 KiB',
      expect: { status: 431, scheme: null, error: null, or: [400, 401, 413] },
    },
    { kid: 'k'.repeat(HUGE_KID) },
  ),
  forged(
    {
      id: 'key/never-published',
      class: 'S34',
      title: 'Signed by a key that its issuer does not publish, or no more',
      sources: ['RFC 7517 §4.5', 'RFC 7515 §6'],
    },
    'proof',
    (good) => attacked(good, { kid: attackerOf(good).kid }),
  ),
];

/** The secret that the place it leads to would give; without one, an attacker's key signs. */
function injected(
  about: Pick<About, 'id' | 'title' | 'expect'>,
  how: { kid: string; secret?: string } | 'callback',
): Defect {
  return forged({ ...about, class: 'S14', sources: INJECTION }, 'proof', (good, bench) => {
    if (how === 'callback') return attacked(good, { kid: callbackOf(bench) });
    const { kid, secret } = how;
    return secret === undefined ? attacked(good, { kid }) : hmacSigned(good, secret, { kid });
  });
}

/** Nobody answers under .example (RFC 2606 §3). */
export function callbackOf({ callback }: { callback?: string | undefined }): string {
  return callback ?? 'https://attacker.example/keys';
}
