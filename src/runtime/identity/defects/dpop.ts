import { createHmac, hash } from 'node:crypto';
import type { ExpectedAnswer } from '../../../model/token-defect.ts';
import { makeProofKey, type ProofDraft, signProof } from '../dpop-proof.ts';
import { signingInput } from '../signing.ts';
import type { Defect } from './contract.ts';
import { withClaims, withHeader } from './token-parts.ts';

/** RFC 9449 §7.1: what is wrong is the proof. */
const INVALID_PROOF: ExpectedAnswer = { status: 401, scheme: 'DPoP', error: 'invalid_dpop_proof' };
/** RFC 9449 §7.1: the proof is good, but not for this token. */
const INVALID_BINDING: ExpectedAnswer = { status: 401, scheme: 'DPoP', error: 'invalid_token' };
const USE_NONCE: ExpectedAnswer = { status: 401, scheme: 'DPoP', error: 'use_dpop_nonce' };
const ACCEPTED: ExpectedAnswer = { status: 200, scheme: null, error: null };

/** Seconds beyond what anybody may allow for. */
const DAY_S = 86_400;

/** Good tokens that are bound to a key, sent with a proof that must not pass, and one that must. */
export const DPOP_DEFECTS: readonly Defect[] = [
  {
    ...proven('proof-missing', 'A bound token without a proof', ['D1', '§4.3 (1)']),
    prove: () => [],
  },
  {
    ...proven('proofs-two', 'Two good proofs', ['D2', '§4.3 (1)']),
    prove: (good, { random }) => [
      signProof(good),
      signProof(withClaims(good, { jti: random.uuid() })),
    ],
  },
  {
    ...proven('not-a-jwt', 'A proof that is no JWT', ['D3', '§4.3 (2)']),
    prove: () => ['proof'],
  },
  {
    ...proven('type-missing', 'A proof without a type', ['D4', '§4.3 (4)']),
    prove: (good) => [signProof(withHeader(good, { typ: undefined }))],
  },
  {
    ...proven('type-other', 'A proof typed as a plain JWT', ['D4', '§4.3 (4)']),
    prove: (good) => [signProof(withHeader(good, { typ: 'JWT' }))],
  },
  {
    ...proven('none', 'A proof that is not signed', ['D5', '§4.3 (5)']),
    prove: (good) => [`${signingInput(withHeader(good, { alg: 'none' }))}.`],
  },
  {
    ...proven('symmetric', 'A proof under HMAC, its secret in the header', ['D5', '§4.3 (5)']),
    prove: (good, { random }) => [symmetric(good, random.bytes(32))],
  },
  {
    ...proven('private-key', 'A proof that shows the private key', ['D6', '§4.3 (7)']),
    prove: (good) => {
      const jwk = good.key.privateKey.export({ format: 'jwk' });
      return [signProof(withHeader(good, { jwk }))];
    },
  },
  {
    ...proven('key-missing', 'A proof without its key', ['D6', '§4.3 (6)']),
    prove: (good) => [signProof(withHeader(good, { jwk: undefined }))],
  },
  {
    ...proven('bit-flip', 'A proof with one bit of its signature flipped', ['D7', '§4.3 (6)']),
    prove: (good) => [flipped(signProof(good))],
  },
  {
    ...proven('other-signer', 'A proof signed by another key than it shows', ['D7', '§4.3 (6)']),
    prove: (good, bench) => {
      const { privateKey } = makeProofKey(bench.random);
      return [signProof({ ...good, key: { ...good.key, privateKey } })];
    },
  },
  claim(
    'method-other',
    { title: 'A proof for another method', place: ['D8', '§4.3 (8)'] },
    ({ htm }) => ({
      htm: htm === 'POST' ? 'GET' : 'POST',
    }),
  ),
  claim(
    'method-case',
    { title: 'A proof for the method in other case', place: ['D8', '§4.3 (8)'] },
    ({ htm }) => ({
      htm: String(htm).toLowerCase(),
    }),
  ),
  target('host', (url) => (url.hostname = 'other.example')),
  target('path', (url) => (url.pathname = `${url.pathname.replace(/\/$/, '')}/other`)),
  target('port', (url) => (url.port = url.port === '4711' ? '4712' : '4711')),
  target('scheme', (url) => {
    url.protocol = url.protocol === 'https:' ? 'http:' : 'https:';
  }),
  {
    ...proven(
      'target-with-query',
      'A proof whose htu has a query and a fragment, which must work',
      ['D10', '§4.3 (9)'],
    ),
    expect: ACCEPTED,
    prove: (good) => [signProof(withClaims(good, { htu: `${String(good.claims['htu'])}?a=b#c` }))],
  },
  claim('old', { title: 'A proof made a day ago', place: ['D11', '§4.3 (11)'] }, ({ iat }) => ({
    iat: Number(iat) - DAY_S,
  })),
  claim(
    'future',
    { title: 'A proof made a day ahead', place: ['D11', '§4.3 (11)'] },
    ({ iat }) => ({
      iat: Number(iat) + DAY_S,
    }),
  ),
  {
    ...proven('replayed', 'A proof that was used before', ['D12', '§11.1']),
    repeated: true,
  },
  {
    ...proven('nonce-missing', 'A proof without the nonce of the API', ['D13', '§4.3 (10)']),
    needs: ['dpop', 'dpop-nonce'],
    expect: USE_NONCE,
    prove: (good) => [signProof(withClaims(good, { nonce: undefined }))],
  },
  {
    ...proven('nonce-other', 'A proof with a nonce the API never gave out', ['D13', '§4.3 (10)']),
    needs: ['dpop', 'dpop-nonce'],
    expect: USE_NONCE,
    prove: (good, { random }) => [signProof(withClaims(good, { nonce: random.uuid() }))],
  },
  claim('id-missing', { title: 'A proof without a jti', place: ['D12', '§4.3 (3)'] }, () => ({
    jti: undefined,
  })),
  claim(
    'hash-missing',
    { title: 'A proof that names no token', place: ['D14', '§4.3 (12)'] },
    () => ({ ath: undefined }),
  ),
  claim('hash-other', { title: 'A proof for another token', place: ['D14', '§4.3 (12)'] }, () => ({
    ath: hash('sha256', 'another token', 'base64url'),
  })),
  {
    ...proven('key-other', 'A good proof by another key than the token is bound to', [
      'D15',
      '§4.3 (12)',
    ]),
    sources: ['RFC 9449 §4.3 (12)', 'RFC 9449 §7.1'],
    expect: INVALID_BINDING,
    prove: (good, bench) => {
      const key = makeProofKey(bench.random);
      return [signProof({ ...withHeader(good, { jwk: key.jwk }), key })];
    },
  },
  {
    ...proven('sent-as-bearer', 'A bound token sent as Bearer, without a proof', ['D16', '§7.2']),
    expect: INVALID_BINDING,
    carry: ({ token }) => ({ headers: [['Authorization', `Bearer ${token}`]] }),
  },
];

/** Row of the catalogue, and the numbered check or section of RFC 9449. */
type Place = readonly [row: string, section: string];

function proven(name: string, title: string, [row, section]: Place) {
  return {
    id: `dpop/${name}`,
    class: row,
    title,
    sources: [`RFC 9449 ${section}`],
    from: 'sign',
    needs: ['dpop'],
    expect: INVALID_PROOF,
  } as const;
}

type Claims = Readonly<Record<string, unknown>>;

/** @param place row of the catalogue and numbered check */
function claim(
  name: string,
  { title, place }: { title: string; place: Place },
  change: (claims: Claims) => Claims,
): Defect {
  return {
    ...proven(name, title, place),
    prove: (good) => [signProof(withClaims(good, change(good.claims)))],
  };
}

/** A proof for another request: one part of its URI is other than it was sent to. */
function target(part: string, change: (url: URL) => void): Defect {
  const title = `A proof for another ${part}`;
  return claim(`target-${part}`, { title, place: ['D9', '§4.3 (9)'] }, ({ htu }) => {
    const url = new URL(String(htu));
    change(url);
    return { htu: url.href };
  });
}

function symmetric(good: ProofDraft, secret: Buffer): string {
  const jwk = { kty: 'oct', k: secret.toString('base64url') };
  const input = signingInput(withHeader(good, { alg: 'HS256', jwk }));
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

function flipped(proof: string): string {
  const at = proof.lastIndexOf('.') + 1;
  const signature = Buffer.from(proof.slice(at), 'base64url');
  signature.writeUInt8(signature.readUInt8(16) ^ 1, 16);
  return proof.slice(0, at) + signature.toString('base64url');
}
