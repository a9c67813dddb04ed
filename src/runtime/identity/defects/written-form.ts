import { type Defect, NOT_A_BEARER, type SealedToken } from './contract.ts';
import { type About, forged, signed } from './entries.ts';
import { encoded, nothingToBreak, segmentsOf, withClaims } from './token-parts.ts';
import { signCompact } from '../signing.ts';

const JSON_FORM = ['RFC 7519 §3', 'RFC 7515 §7.2'];
const SEGMENTS = ['RFC 7519 §3', 'RFC 7519 §7.2'];
const BASE64URL = ['RFC 7515 §2', 'RFC 4648 §3.5', 'RFC 4648 §5'];
const MANY_SEGMENTS = 1000;

/** Genuine tokens, written in a way that is not the compact serialisation. */
export const FORM_DEFECTS: readonly Defect[] = [
  inJson('flattened', 'JSON serialisation, flattened', (part) => ({
    payload: part.payload,
    protected: part.protected,
    signature: part.signature,
  })),
  inJson('general', 'JSON serialisation, general', ({ payload, ...signature }) => ({
    payload,
    signatures: [signature],
  })),
  inJson('two-signatures', 'JSON serialisation with a second, bad signature', (part) => {
    const { payload, ...good } = part;
    return { payload, signatures: [good, { ...good, signature: encoded(Buffer.alloc(64)) }] };
  }),
  inJson('unprotected', 'JSON serialisation with an unprotected header', (part) => ({
    ...part,
    header: { alg: 'none' },
  })),
  segmented('one', 'One segment: its payload alone', ([, payload]) => payload),
  segmented('two', 'Two segments: no signature, and no dot for it', ([header, payload]) =>
    [header, payload].join('.'),
  ),
  segmented('four', 'Four segments', (parts) => [...parts, parts[2]].join('.')),
  segmented('five', 'Five segments, as an encrypted token has', (parts) =>
    [...parts, parts[1], parts[2]].join('.'),
  ),
  segmented('thousand', 'A thousand segments', (parts) =>
    [...parts, ...Array.from({ length: MANY_SEGMENTS - 3 }, () => 'AA')].join('.'),
  ),
  segmented('dots', 'No segment but dots', () => '..'),
  rewritten(
    { id: 'encoding/padding', title: 'The signature padded with =' },
    ([header, payload, signature]) => `${header}.${payload}.${padded(signature)}`,
  ),
  rewritten(
    {
      id: 'encoding/padding-inside',
      title: 'Header and payload padded with =',
      expect: NOT_A_BEARER,
    },
    ([header, payload, signature]) => `${header}=.${payload}=.${signature}`,
  ),
  signed(
    {
      id: 'encoding/standard-alphabet',
      class: 'S25',
      title: 'In base64 with + and / in place of - and _',
      sources: BASE64URL,
    },
    {
      // Four of them hold six bits that are 62, wherever they fall.
      edit: (draft) => withClaims(draft, { note: '>>>>' }),
      seal: (draft, key) => signCompact(draft, key).replaceAll('-', '+').replaceAll('_', '/'),
    },
  ),
  rewritten(
    { id: 'encoding/space', title: 'A space within the signature', expect: NOT_A_BEARER },
    ([header, payload, signature]) => `${header}.${payload}.${spaced(signature, ' ')}`,
  ),
  rewritten(
    { id: 'encoding/tab', title: 'A tab within the payload', expect: NOT_A_BEARER },
    ([header, payload, signature]) => `${header}.${spaced(payload, '\t')}.${signature}`,
  ),
  rewritten(
    { id: 'encoding/unused-bits', title: 'The unused bits of the signature set' },
    ([header, payload, signature]) => `${header}.${payload}.${withUnusedBits(signature)}`,
  ),
];

interface FlattenedJws {
  payload: string;
  protected: string;
  signature: string;
}

type Segments = [header: string, payload: string, signature: string];

function inJson(name: string, title: string, build: (parts: FlattenedJws) => object): Defect {
  const about = { id: `json/${name}`, class: 'S23', title, sources: JSON_FORM };
  return formed({ ...about, expect: NOT_A_BEARER }, ([header, payload, signature]) =>
    JSON.stringify(build({ payload, protected: header, signature })),
  );
}

function segmented(name: string, title: string, write: (parts: Segments) => string): Defect {
  return formed({ id: `segments/${name}`, class: 'S24', title, sources: SEGMENTS }, write);
}

function rewritten(
  about: Pick<About, 'id' | 'title' | 'expect'>,
  write: (parts: Segments) => string,
): Defect {
  return formed({ ...about, class: 'S25', sources: BASE64URL }, write);
}

function formed(about: About, write: (parts: Segments) => string): Defect {
  return forged(about, 'form', (good: SealedToken) => ({
    ...good,
    token: write(segmentsOf(good)),
  }));
}

function padded(segment: string): string {
  return segment.padEnd(Math.ceil(segment.length / 4) * 4, '=');
}

function spaced(segment: string, space: string): string {
  const half = segment.length >> 1;
  return `${segment.slice(0, half)}${space}${segment.slice(half)}`;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** The last character of 3n + 1 bytes has four bits to spare, of 3n + 2 bytes two. */
function withUnusedBits(segment: string): string {
  if (segment.length % 4 === 0) throw nothingToBreak('Its signature has no unused bits.');
  const last = ALPHABET[ALPHABET.indexOf(segment.slice(-1)) | 1] ?? '';
  return segment.slice(0, -1) + last;
}
