import { constants, generateKeyPairSync, sign } from 'node:crypto';
import { type SigningKey, signingInput, type TokenDraft } from '../signing.ts';
import type { Defect } from './contract.ts';
import { type About, forged, signed } from './entries.ts';
import { sealedBy } from './stranger.ts';
import { encoded, withHeader, withoutHeader } from './token-parts.ts';

const FIT = ['RFC 7517 §4.4', 'RFC 8725 §3.1'];
const HEADER = ['RFC 7515 §4.1.1'];
const RSA = ['PS256', 'RS256'] as const;

/** Algorithms that do not fit the key, or that nobody knows. */
export const ALGORITHM_DEFECTS: readonly Defect[] = [
  misfit(
    { id: 'algorithm/rsa-other-padding', title: 'The other RSA padding (RS256, PS256)' },
    RSA,
    (alg) => (alg === 'RS256' ? 'PS256' : 'RS256'),
  ),
  misfit(
    { id: 'algorithm/rsa-other-hash', title: 'RSA with another hash (RS512, PS512)' },
    RSA,
    (alg) => (alg === 'RS256' ? 'RS512' : 'PS512'),
  ),
  misfit(
    { id: 'algorithm/curve-other', title: 'ES384 by a key on the P-256 curve' },
    ['ES256'],
    () => 'ES384',
  ),
  named(
    { id: 'algorithm/other-family', class: 'S8', title: 'Names an algorithm of other keys' },
    (alg) => (alg === 'ES256' ? 'EdDSA' : 'ES256'),
  ),
  forged(
    {
      id: 'algorithm/es256-by-p384',
      class: 'S8',
      title: 'ES256 by a key on the P-384 curve',
      sources: FIT,
    },
    'proof',
    (good) => {
      const key = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;
      return sealedBy(withHeader(good, { alg: 'ES256' }), (input) =>
        sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }),
      );
    },
  ),
  named(
    { id: 'algorithm/unknown', class: 'S9', title: 'Names an algorithm that does not exist' },
    () => 'XS256',
  ),
  named(
    { id: 'algorithm/lower-case', class: 'S9', title: 'Names its algorithm in lower case' },
    (alg) => alg.toLowerCase(),
  ),
  named(
    { id: 'algorithm/of-encryption', class: 'S9', title: 'Names an algorithm of encryption' },
    () => 'RSA-OAEP-256',
  ),
  named(
    { id: 'algorithm/number', class: 'S9', title: 'Names its algorithm by a number' },
    () => 256,
  ),
  named({ id: 'algorithm/list', class: 'S9', title: 'Names a list of algorithms' }, (alg) => [alg]),
  signed(
    { id: 'algorithm/missing', class: 'S10', title: 'Without an algorithm', sources: HEADER },
    { edit: (draft) => withoutHeader(draft, 'alg') },
  ),
  named({ id: 'algorithm/null', class: 'S10', title: 'Its algorithm is null' }, () => null),
  named({ id: 'algorithm/empty', class: 'S10', title: 'Its algorithm has no letters' }, () => ''),
];

/** Signed as ever, whatever the header says of it. */
function named(about: Omit<About, 'sources'>, rename: (algorithm: string) => unknown): Defect {
  return signed(
    { ...about, sources: about.class === 'S8' ? FIT : HEADER },
    { edit: (draft) => withHeader(draft, { alg: rename(String(draft.header['alg'])) }) },
  );
}

/** Truly signed by the key, but with an algorithm that it is not published for. */
function misfit(
  about: Pick<About, 'id' | 'title'>,
  algorithms: NonNullable<About['algorithms']>,
  other: (algorithm: string) => string,
): Defect {
  return signed(
    { ...about, class: 'S8', sources: FIT, algorithms },
    {
      edit: (draft) => withHeader(draft, { alg: other(String(draft.header['alg'])) }),
      seal: sealByHeader,
    },
  );
}

const pss = { padding: constants.RSA_PKCS1_PSS_PADDING };
const MANNERS: Readonly<Record<string, { hash: string; options: object }>> = {
  RS256: { hash: 'sha256', options: {} },
  RS512: { hash: 'sha512', options: {} },
  PS256: { hash: 'sha256', options: { ...pss, saltLength: 32 } },
  PS512: { hash: 'sha512', options: { ...pss, saltLength: 64 } },
  ES384: { hash: 'sha384', options: { dsaEncoding: 'ieee-p1363' } },
};

function sealByHeader(draft: TokenDraft, { privateKey }: SigningKey): string {
  const { hash = 'sha256', options } = MANNERS[String(draft.header['alg'])] ?? {};
  const input = signingInput(draft);
  return `${input}.${encoded(sign(hash, Buffer.from(input), { key: privateKey, ...options }))}`;
}
