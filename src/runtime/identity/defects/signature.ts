import { FintechError } from '../../../kernel/errors.ts';
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from '../../../model/token-request.ts';
import {
  ALGORITHMS,
  signatureOf,
  type SigningKey,
  signingInput,
  type TokenDraft,
} from '../signing.ts';
import { type Defect, INVALID_TOKEN, type SealedToken } from './contract.ts';

/** Tokens whose claims are good, and which nothing proves. */
export const SIGNATURE_DEFECTS: readonly Defect[] = [
  {
    ...refused('signature/none', 'S1', 'Algorithm none, no signature'),
    sources: ['RFC 8725 §3.1', 'RFC 7518 §3.6', 'CVE-2015-2951'],
    from: 'any-token',
    slot: 'proof',
    forge: (good) => {
      const draft = withHeader(good, { alg: 'none' });
      return { ...draft, token: `${signingInput(draft)}.` };
    },
  },
  {
    ...refused('signature/empty', 'S2', 'A real algorithm, no signature'),
    sources: ['RFC 8725 §3.3', 'CVE-2020-28042'],
    from: 'any-token',
    slot: 'signature',
    forge: (good) => withSignature(good, Buffer.alloc(0)),
  },
  {
    ...refused('signature/bit-flip', 'S3', 'One bit of the signature flipped'),
    sources: ['RFC 7515 §5.2'],
    from: 'any-token',
    slot: 'signature',
    forge: (good) => {
      const signature = signatureIn(good);
      signature.writeUInt8(signature.readUInt8(16) ^ 1, 16);
      return withSignature(good, signature);
    },
  },
  {
    ...refused('signature/other-key', 'S3', 'Signed by another key of the same kind'),
    sources: ['RFC 7515 §5.2'],
    from: 'any-token',
    slot: 'signature',
    forge: (good) => withSignature(good, signatureOf(inputOf(good), strangerFor(good))),
  },
  {
    ...refused('signature/payload-changed', 'S4', 'A claim changed after signing'),
    sources: ['RFC 7515 §5.2'],
    from: 'any-token',
    slot: 'proof',
    forge: (good) => {
      const jti = `${String(good.claims['jti'])}-changed`;
      const draft = { ...good, claims: { ...good.claims, jti } };
      const signature = signatureIn(good).toString('base64url');
      return { ...draft, token: `${signingInput(draft)}.${signature}` };
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
  return { id, class: row, title, needs: [], expect: INVALID_TOKEN } as const;
}

function withHeader<T extends TokenDraft>(draft: T, header: Record<string, unknown>): T {
  return { ...draft, header: { ...draft.header, ...header } };
}

function inputOf({ token }: SealedToken): string {
  return token.slice(0, token.lastIndexOf('.'));
}

function signatureIn({ token }: SealedToken): Buffer {
  return Buffer.from(token.slice(token.lastIndexOf('.') + 1), 'base64url');
}

function withSignature(good: SealedToken, signature: Buffer): SealedToken {
  return { ...good, token: `${inputOf(good)}.${signature.toString('base64url')}` };
}

const strangers = new Map<SigningAlgorithm, SigningKey>();

/** A key nobody publishes, for the algorithm of a token. Kept: making an RSA pair takes long. */
function strangerFor({ header }: SealedToken): SigningKey {
  const algorithm = SIGNING_ALGORITHMS.find((name) => name === header['alg']);
  if (algorithm === undefined) {
    throw new FintechError(
      'USAGE_INVALID',
      'The token is signed in a way that we cannot imitate.',
      {
        hint: `Known are ${SIGNING_ALGORITHMS.join(', ')}.`,
      },
    );
  }
  const known = strangers.get(algorithm);
  if (known !== undefined) return known;
  const stranger = { kid: '', algorithm, privateKey: ALGORITHMS[algorithm].generate() };
  strangers.set(algorithm, stranger);
  return stranger;
}
