import {
  ALGORITHMS,
  signatureOf,
  type SigningKey,
  signingInput,
  type TokenDraft,
} from '../signing.ts';
import { type Defect, INVALID_TOKEN } from './contract.ts';

/** Tokens whose claims are good, and which nothing proves. */
export const SIGNATURE_DEFECTS: readonly Defect[] = [
  {
    ...refused('signature/none', 'S1', 'Algorithm none, no signature'),
    sources: ['RFC 8725 §3.1', 'RFC 7518 §3.6', 'CVE-2015-2951'],
    edit: (draft) => withHeader(draft, { alg: 'none' }),
    seal: (draft) => `${signingInput(draft)}.`,
  },
  {
    ...refused('signature/empty', 'S2', 'A real algorithm, no signature'),
    sources: ['RFC 8725 §3.3', 'CVE-2020-28042'],
    seal: (draft) => `${signingInput(draft)}.`,
  },
  {
    ...refused('signature/bit-flip', 'S3', 'One bit of the signature flipped'),
    sources: ['RFC 7515 §5.2'],
    seal: (draft, key) => {
      const input = signingInput(draft);
      const signature = signatureOf(input, key);
      signature.writeUInt8(signature.readUInt8(16) ^ 1, 16);
      return `${input}.${signature.toString('base64url')}`;
    },
  },
  {
    ...refused('signature/other-key', 'S3', 'Signed by another key of the same kind'),
    sources: ['RFC 7515 §5.2'],
    seal: (draft, key) => {
      const input = signingInput(draft);
      return `${input}.${signatureOf(input, strangerTo(key)).toString('base64url')}`;
    },
  },
  {
    ...refused('signature/payload-changed', 'S4', 'A claim changed after signing'),
    sources: ['RFC 7515 §5.2'],
    edit: (draft) => {
      const jti = `${String(draft.claims['jti'])}-changed`;
      return { ...draft, claims: { ...draft.claims, jti } };
    },
    seal: (draft, key, good) => {
      const signature = signatureOf(signingInput(good), key);
      return `${signingInput(draft)}.${signature.toString('base64url')}`;
    },
  },
];

/** Tokens that are truly signed, under a header that must not pass. */
export const HEADER_DEFECTS: readonly Defect[] = [
  {
    ...refused('header/key-unknown', 'S11', 'Names a key the issuer does not publish'),
    sources: ['RFC 7515 §4.1.4'],
    from: 'sign',
    edit: (draft) => withHeader(draft, { kid: 'sandbox-unknown' }),
  },
  {
    ...refused('header/type-other', 'S20', 'Typed as a plain JWT, not as an access token'),
    sources: ['RFC 9068 §4', 'RFC 8725 §3.11'],
    from: 'sign',
    edit: (draft) => withHeader(draft, { typ: 'JWT' }),
  },
];

function refused(id: string, row: string, title: string) {
  return { id, class: row, title, from: 'any-token', needs: [], expect: INVALID_TOKEN } as const;
}

function withHeader(draft: TokenDraft, header: Record<string, unknown>): TokenDraft {
  return { ...draft, header: { ...draft.header, ...header } };
}

const strangers = new WeakMap<SigningKey, SigningKey>();

/** A key nobody publishes, under the name of ours. Kept: making an RSA pair takes long. */
function strangerTo(key: SigningKey): SigningKey {
  const known = strangers.get(key);
  if (known !== undefined) return known;
  const stranger = { ...key, privateKey: ALGORITHMS[key.algorithm].generate() };
  strangers.set(key, stranger);
  return stranger;
}
