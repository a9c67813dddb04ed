import { expect, it } from 'vitest';
import { systemRandom } from '../../../kernel/random.ts';
import { authorizeBearer } from '../../access/bearer.ts';
import { isMintable } from './contract.ts';
import { TRANSPORT_DEFECTS } from './transport.ts';

const MINTED = { token: 'aaaa.bbbb.cccc', header: {}, claims: {} };
const BENCH = { random: systemRandom, publicJwk: undefined };
const claims = { iss: 'i', sub: 's', aud: 'a', exp: 2, iat: 1, jti: 'j', client_id: 'c' };
/** Takes the one token, and no other. */
const VERIFIER = {
  verify: async (token: string) =>
    token === MINTED.token
      ? ({ ok: true, claims, scopes: new Set<string>() } as const)
      : ({ ok: false, reason: 'structure', detail: '' } as const),
};

it('no way to send a token can be minted', () => {
  expect(TRANSPORT_DEFECTS.filter(isMintable)).toEqual([]);
});

/** What a parser of HTTP refuses never arrives here, and a form is none of our components' business. */
const ARRIVING = TRANSPORT_DEFECTS.filter(
  ({ class: row, needs }) => row !== 'T7' && !needs.includes('form-body'),
);

it.each(ARRIVING)('our components answer $id as expected', async ({ expect: due, ...defect }) => {
  if (!('carry' in defect) || defect.carry === undefined) throw new Error('it is not sent');
  const { headers, query = '' } = defect.carry(MINTED, BENCH);
  const authorization = headers.map(([, value]) => value);
  const answer = await authorizeBearer(
    { authorization, query, method: 'GET', path: '/', proofs: [] },
    VERIFIER,
    {},
  );
  const status = answer.ok ? 200 : answer.answer.status;
  expect([due.status, ...(due.or ?? [])]).toContain(status);
  const challenge = answer.ok ? '' : (answer.answer.headers['www-authenticate'] ?? '');
  if (status !== due.status || due.scheme === null) return;
  expect(challenge).toMatch(/^Bearer /);
  expect(/ error="(\w+)"/.exec(challenge)?.[1] ?? null).toBe(due.error);
});
