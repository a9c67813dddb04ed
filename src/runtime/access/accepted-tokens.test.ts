import { expect, it } from 'vitest';
import { AcceptedTokens } from './accepted-tokens.ts';
import type { AccessClaims } from './contract.ts';

const claims: AccessClaims = {
  iss: 'i',
  sub: 's',
  aud: 'a',
  exp: 1,
  iat: 0,
  jti: 'j',
  client_id: 'c',
};
const verdict = { ok: true, claims, scopes: new Set<string>() } as const;

it('holds 10,000 tokens, and lets the oldest go for one more', () => {
  const accepted = new AcceptedTokens();
  for (let n = 0; n <= 10_000; n++) accepted.remember(`token ${n}`, verdict, 1000);
  expect(accepted.size).toBe(10_000);
  expect(accepted.find('token 0', 0)).toBeUndefined();
  expect(accepted.find('token 1', 0)).toBe(verdict);
});

it('drops a token when it is found expired', () => {
  const accepted = new AcceptedTokens();
  accepted.remember('token', verdict, 1000);
  expect(accepted.find('token', 999)).toBe(verdict);
  expect(accepted.find('token', 1000)).toBeUndefined();
  expect(accepted.size).toBe(0);
});
