import { deflateRawSync } from 'node:zlib';
import { signCompact, signatureOf, type SigningKey, type TokenDraft } from '../signing.ts';
import type { Defect, SealedToken } from './contract.ts';
import { type About, forged, signed } from './entries.ts';
import { encryptTo } from './jwe.ts';
import { encoded, withHeader } from './token-parts.ts';

const NESTED = ['RFC 7519 §5.2', 'RFC 8725 §3.11'];
const ENCRYPTED = ['RFC 8725 §2.3', 'RFC 8725 §3.3', 'RFC 7516 §9'];
const BOMB_BYTES = 4 * 1024 * 1024;
/** The most an `int` of 32 bits holds: minutes to hours of hashing. */
const HUGE_COUNT = 2_147_483_647;

/** Tokens wrapped into others, and tokens that cost much to unwrap. */
export const ENCRYPTION_DEFECTS: readonly Defect[] = [
  signed(
    {
      id: 'nested/signed-twice',
      class: 'S21',
      title: 'A signed token as the payload of another',
      sources: NESTED,
    },
    {
      edit: (draft) => withHeader(draft, { cty: 'JWT' }),
      seal: (draft, key) => {
        const { cty: _left, ...header } = draft.header;
        return sealPayload(draft, signCompact({ ...draft, header }, key), key);
      },
    },
  ),
  signed(
    {
      id: 'nested/content-type',
      class: 'S21',
      title: 'Says that it is nested, and is not',
      sources: NESTED,
    },
    { edit: (draft) => withHeader(draft, { cty: 'JWT' }) },
  ),
  encrypted(
    { id: 'encryption/jwe', title: 'The token encrypted, where a signed one is due' },
    (good) => Buffer.from(good.token),
    { cty: 'JWT' },
  ),
  encrypted(
    { id: 'encryption/unsigned', title: 'An unsigned token, encrypted to the published key' },
    ({ header, claims }) => {
      const unsigned = encoded(JSON.stringify({ ...header, alg: 'none' }));
      return Buffer.from(`${unsigned}.${encoded(JSON.stringify(claims))}.`);
    },
    { cty: 'JWT' },
  ),
  encrypted(
    { id: 'encryption/claims', title: 'Its claims encrypted to the published key, unsigned' },
    ({ claims }) => Buffer.from(JSON.stringify(claims)),
    {},
  ),
  encrypted(
    {
      id: 'zip/bomb',
      class: 'S29',
      title: 'Encrypted and compressed: 6 KB that grow to 4 MiB',
      sources: ['RFC 8725 §3.6', 'RFC 7516 §4.1.3'],
    },
    ({ claims }) => {
      const text = JSON.stringify(claims);
      return deflateRawSync(text.padEnd(BOMB_BYTES));
    },
    { zip: 'DEF' },
  ),
  signed(
    {
      id: 'zip/signed',
      class: 'S29',
      title: 'A compressed payload in a signed token',
      sources: ['RFC 8725 §3.6', 'RFC 7515 §4.1'],
    },
    {
      edit: (draft) => withHeader(draft, { zip: 'DEF' }),
      seal: (draft, key) => sealPayload(draft, deflateRawSync(JSON.stringify(draft.claims)), key),
    },
  ),
  forged(
    {
      id: 'pbes2/huge-count',
      class: 'S30',
      title: 'Asks for two thousand million rounds of hashing (p2c)',
      sources: ['RFC 7518 §4.8.1.2', 'RFC 8725 §3.10'],
    },
    'form',
    (good, { random }) => {
      const p2s = encoded(random.bytes(16));
      const header = { alg: 'PBES2-HS256+A128KW', enc: 'A256GCM', p2s, p2c: HUGE_COUNT };
      const parts = [40, 12, 100, 16].map((length) => encoded(random.bytes(length)));
      return { ...good, token: [encoded(JSON.stringify(header)), ...parts].join('.') };
    },
  ),
];

/** By anybody: it takes no more than the published key. */
function encrypted(
  about: Pick<About, 'id' | 'title'> & Partial<About>,
  plaintextOf: (good: SealedToken) => Buffer,
  header: Record<string, unknown>,
): Defect {
  return forged({ class: 'S22', sources: ENCRYPTED, ...about }, 'form', (good, { publicJwk }) => ({
    ...good,
    token: encryptTo(publicJwk, plaintextOf(good), header),
  }));
}

function sealPayload(draft: TokenDraft, payload: string | Buffer, key: SigningKey): string {
  const input = `${encoded(JSON.stringify(draft.header))}.${encoded(payload)}`;
  return `${input}.${encoded(signatureOf(input, key))}`;
}
