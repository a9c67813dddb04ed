import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../kernel/time.ts';
import { authorizeBearer, type BearerRequest, readBearer, type ScopeNeed } from './bearer.ts';
import type { TokenVerifier } from './contract.ts';
import { AUDIENCE, ecKey, ISSUER, token } from './issuer.fixture.ts';
import { fixedJwks } from './jwks-source.ts';
import { createTokenVerifier } from './verifier.ts';

const key = ecKey('k');
const good = token(key);
const clock = new ManualClock();
const keys = fixedJwks({ keys: [key.jwk] });
const verifier = createTokenVerifier({ issuer: ISSUER, audience: AUDIENCE, keys, clock });

async function answerTo(request: Partial<BearerRequest>, need: ScopeNeed = {}, by = verifier) {
  const bare = { authorization: [], query: '', method: 'GET', path: '/', proofs: [] };
  const result = await authorizeBearer({ ...bare, ...request }, by, need);
  return result.ok ? undefined : result.answer;
}

describe('reading a bearer token', () => {
  it.each(['Bearer', 'bearer', 'BEARER'])('takes the scheme %s', (scheme) => {
    const reading = readBearer({ authorization: [`${scheme} ${good}`], query: 'a=b' });
    expect(reading).toEqual({ ok: true, scheme: 'Bearer', token: good });
  });

  it.each<[string, Partial<BearerRequest>]>([
    ['two fields', { authorization: [`Bearer ${good}`, `Bearer ${good}`] }],
    ['no token', { authorization: ['Bearer'] }],
    ['an empty field', { authorization: [''] }],
    ['two spaces', { authorization: [`Bearer  ${good}`] }],
    ['a tab', { authorization: [`Bearer\t${good}`] }],
    ['two tokens', { authorization: [`Bearer ${good} ${good}`] }],
    ['a comma list', { authorization: [`Bearer ${good}, Basic YTpi`] }],
    ['quotes', { authorization: [`Bearer "${good}"`] }],
    ['non-ASCII', { authorization: ['Bearer é'] }],
    ['a token in the query', { query: `access_token=${good}` }],
    ['a token in the query, encoded', { query: `x=1&acc%65ss_token=${good}` }],
    ['tokens in both', { authorization: [`Bearer ${good}`], query: 'access_token=x' }],
  ])('answers %s with 400 invalid_request', async (_name, request) => {
    const answer = await answerTo(request);
    expect(answer).toMatchObject({ status: 400, problem: { status: 400 } });
    expect(answer?.headers['www-authenticate']).toMatch(
      /^Bearer realm="fintech", error="invalid_request", error_description="[^"\\]+"$/,
    );
    expect(JSON.stringify(answer)).not.toContain(good.slice(0, 20));
  });

  it.each<[string, string[]]>([
    ['no field', []],
    ['another scheme', ['Basic YTpi']],
    ['a scheme that begins like ours', ['BearerX abc']],
    ['a token without a scheme', [good]],
  ])('answers %s with 401 and no error code', async (_name, authorization) => {
    expect(await answerTo({ authorization })).toEqual({
      status: 401,
      headers: { 'www-authenticate': 'Bearer realm="fintech"', 'cache-control': 'no-store' },
      problem: expect.objectContaining({ type: 'urn:fintech:problem:token-missing', status: 401 }),
    });
  });
});

describe('letting a token in', () => {
  const authorization = [`Bearer ${good}`];

  it.each<[string, ScopeNeed]>([
    ['no scope is needed', {}],
    ['it has all of them', { all: ['payments:read', 'payments:write'] }],
    ['it has one of them', { any: ['nothing', 'payments:write'] }],
  ])('when %s', async (_name, need) => {
    expect(await answerTo({ authorization }, need)).toBeUndefined();
  });

  it.each<[string, ScopeNeed, string]>([
    ['one of several is missing', { all: ['payments:read', 'admin'] }, 'payments:read admin'],
    ['none of them is there', { any: ['a', 'b'] }, 'a b'],
    ['only a prefix is there', { all: ['payments'] }, 'payments'],
    ['only other case is there', { all: ['Payments:read'] }, 'Payments:read'],
    ['one of the two kinds is missing', { all: ['payments:read'], any: ['x'] }, 'payments:read x'],
  ])('is refused with 403 when %s', async (_name, need, scope) => {
    const answer = await answerTo({ authorization }, need);
    expect(answer).toMatchObject({ status: 403, problem: { title: 'Scope insufficient' } });
    const challenge = answer?.headers['www-authenticate'];
    expect(challenge).toContain('error="insufficient_scope"');
    expect(challenge).toContain(`scope="${scope}"`);
  });

  it('is refused with 401 invalid_token and the reason', async () => {
    const expired = token(key, { claims: { exp: 1 } });
    expect(await answerTo({ authorization: [`Bearer ${expired}`] })).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': expect.stringContaining('error="invalid_token"') },
      problem: { reason: 'expired', detail: 'The token has expired.' },
    });
  });

  it('is refused with 503 and no challenge when there are no keys', async () => {
    const detail = 'No keys.';
    const closed: TokenVerifier = {
      verify: async () => ({ ok: false, reason: 'keys-unavailable', detail }),
    };
    const answer = await answerTo({ authorization }, {}, closed);
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    expect(answer?.headers).not.toHaveProperty('www-authenticate');
  });
});
