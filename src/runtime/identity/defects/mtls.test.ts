import { hash, X509Certificate } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../kernel/time.ts';
import { carriageOf, type MintedToken } from '../../../model/token-request.ts';
import { authorizeBearer } from '../../access/bearer.ts';
import { fixedJwks } from '../../access/jwks-source.ts';
import type { AccessPolicies } from '../../access/policies/contract.ts';
import { createTokenVerifier } from '../../access/verifier.ts';
import { DefectBench } from './catalogue.fixture.ts';
import { MTLS_DEFECTS } from './mtls.ts';

const clock = new ManualClock();
const bench = new DefectBench(clock);
afterAll(() => bench[Symbol.dispose]());

/** What an API answers on a connection that showed this certificate; nothing where it lets in. */
async function answerTo(minted: MintedToken, policies: AccessPolicies, certificate?: string) {
  const { issuer } = bench;
  const keys = fixedJwks(bench.keys.jwks());
  const verifier = createTokenVerifier({ issuer, audience: 'api', keys, clock, policies });
  const { headers } = carriageOf(minted);
  const authorization = headers.flatMap(([name, value]) =>
    name === 'Authorization' ? [value] : [],
  );
  const request = { authorization, query: '', method: 'GET', path: '/', proofs: [], certificate };
  const entry = await authorizeBearer(request, verifier, {});
  return entry.ok ? undefined : entry.answer;
}

describe.each(MTLS_DEFECTS)('$id', (defect) => {
  const { defective, twin } = bench.pair(defect, 'ES256');

  it.each([undefined, 'the-thumbprint-of-another'])(
    'is refused as expected on a connection that showed %s, and its twin is good',
    async (certificate) => {
      const answer = await answerTo(defective, { mtls: true }, certificate);
      expect(answer?.status).toBe(defect.expect.status);
      expect(answer?.headers['www-authenticate']).toContain(
        'Bearer realm="fintech", error="invalid_token"',
      );
      expect(answer?.problem['reason']).toBe('certificate');
      expect(await answerTo(twin, { mtls: true }, certificate)).toBeUndefined();
    },
  );

  it('is refused by who does not know certificates', async () => {
    const answer = await answerTo(defective, {});
    expect(answer?.problem['reason']).toBe('sender-constrained');
  });

  it('is good on a connection that showed the certificate', async () => {
    const { 'x5t#S256': certificate } = defective.claims['cnf'] as Record<string, string>;
    expect(await answerTo(defective, { mtls: true }, certificate)).toBeUndefined();
  });
});

it('the certificate that is only claimed is the one the token is bound to', () => {
  const claimed = MTLS_DEFECTS.find(({ id }) => id === 'mtls/certificate-claimed');
  if (claimed === undefined) throw new Error('there is none');
  const { claims, request } = bench.pair(claimed, 'ES256').defective;
  const [, field = ''] = request?.headers.find(([name]) => name === 'Client-Cert') ?? [];
  // RFC 9440 §2.1: a byte sequence of RFC 8941.
  const [, text = ''] = /^:([A-Za-z0-9+/]+=*):$/.exec(field) ?? [];
  const certificate = new X509Certificate(Buffer.from(text, 'base64'));
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(claims['cnf']).toEqual({ 'x5t#S256': hash('sha256', certificate.raw, 'base64url') });
});
