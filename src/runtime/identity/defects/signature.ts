import { signatureOf, signingInput } from '../signing.ts';
import type { Defect, SealedToken } from './contract.ts';
import { type About, forged } from './entries.ts';
import { algorithmOf, sealedBy, strangerFor } from './stranger.ts';
import {
  encoded,
  inputOf,
  segmentsOf,
  signatureIn,
  textClaim,
  withClaims,
  withHeader,
  withoutHeader,
  withSignature,
} from './token-parts.ts';

const MISMATCH = ['RFC 7515 §5.2'];
const SPELLINGS = { none: 'none', 'none-title-case': 'None', 'none-upper-case': 'NONE' };

/** RFC 7518 §3.6 allows only an empty signature; libraries have taken any. */
const NONE_DEFECTS: readonly Defect[] = Object.entries({
  ...SPELLINGS,
  'none-mixed-case': 'nOnE',
}).flatMap(([name, alg]) => {
  const sources = ['RFC 8725 §2.1', 'RFC 8725 §3.1', 'RFC 7518 §3.6', 'CVE-2015-2951'];
  const about = { class: 'S1', sources };
  const how = `Algorithm ${alg}`;
  return [
    forged({ ...about, id: `signature/${name}`, title: `${how}, no signature` }, 'proof', (good) =>
      sealedBy(withHeader(good, { alg }), () => Buffer.alloc(0)),
    ),
    forged(
      { ...about, id: `signature/${name}-signed`, title: `${how}, with a signature` },
      'proof',
      (good) => sealedBy(withHeader(good, { alg }), () => signatureIn(good)),
    ),
  ];
});

/** Tokens whose claims are good, and which nothing proves. */
export const SIGNATURE_DEFECTS: readonly Defect[] = [
  ...NONE_DEFECTS,
  broken('empty', 'S2', 'A real algorithm, no signature', () => Buffer.alloc(0)),
  broken('zero-byte', 'S2', 'A real algorithm, one zero byte as its signature', () =>
    Buffer.alloc(1),
  ),
  broken('bit-flip', 'S3', 'One bit of the signature flipped', (signature) => {
    signature.writeUInt8(signature.readUInt8(16) ^ 1, 16);
    return signature;
  }),
  broken('truncated', 'S3', 'The last byte of the signature cut off', (signature) =>
    signature.subarray(0, -1),
  ),
  broken('all-zero', 'S3', 'All bytes of the signature zero', (signature) => signature.fill(0)),
  forged(
    {
      id: 'signature/other-key',
      class: 'S3',
      title: 'Signed by another key of the same kind',
      sources: MISMATCH,
    },
    'signature',
    (good) => withSignature(good, signatureOf(inputOf(good), strangerFor(algorithmOf(good)))),
  ),
  changed(
    { id: 'signature/payload-changed', class: 'S4', title: 'A claim changed after signing' },
    (good) => withClaims(good, { jti: `${String(good.claims['jti'])}-changed` }),
  ),
  changed(
    { id: 'signature/scope-raised', class: 'S4', title: 'A scope added after signing' },
    (good) => withClaims(good, { scope: `${textClaim(good, 'scope')} admin` }),
  ),
  changed(
    { id: 'signature/subject-changed', class: 'S4', title: 'The subject changed after signing' },
    (good) => withClaims(good, { sub: 'admin' }),
  ),
  forged(
    {
      id: 'signature/payload-spaced',
      class: 'S4',
      title: 'The same claims, written with other white space after signing',
      sources: MISMATCH,
    },
    'proof',
    (good) => {
      const [header, , signature] = segmentsOf(good);
      const payload = encoded(JSON.stringify(good.claims, undefined, 1));
      return { ...good, token: `${header}.${payload}.${signature}` };
    },
  ),
  changed(
    { id: 'signature/header-changed', class: 'S5', title: 'A header member added after signing' },
    (good) => withHeader(good, { changed: true }),
  ),
  changed(
    { id: 'signature/key-id-removed', class: 'S5', title: 'The kid taken out after signing' },
    (good) => withoutHeader(good, 'kid'),
  ),
];

function broken(
  ...[name, row, title, change]: [string, string, string, (signature: Buffer) => Buffer]
): Defect {
  const sources = row === 'S2' ? ['RFC 8725 §3.3', 'CVE-2020-28042'] : MISMATCH;
  return forged({ id: `signature/${name}`, class: row, title, sources }, 'signature', (good) =>
    withSignature(good, change(signatureIn(good))),
  );
}

/** Keeps the signature of what it no longer is. */
function changed(
  about: Omit<About, 'sources'>,
  change: (good: SealedToken) => SealedToken,
): Defect {
  return forged({ ...about, sources: MISMATCH }, 'proof', (good) => {
    const draft = change(good);
    return { ...draft, token: `${signingInput(draft)}.${encoded(signatureIn(good))}` };
  });
}
