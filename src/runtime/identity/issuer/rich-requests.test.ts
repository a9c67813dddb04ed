import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IssuerBench, issuerBench, REDIRECT_URI } from './issuer.fixture.ts';
import { type Form, type RawClient, rawClient, VERIFIER } from './refusals.fixture.ts';

let bench: IssuerBench;
let raw: RawClient;
beforeAll(async () => {
  bench = await issuerBench();
  raw = rawClient(bench);
});
afterAll(() => bench[Symbol.asyncDispose]());

describe('rich authorization requests', () => {
  const payment = (amount: string) => ({
    type: 'payment_initiation',
    instructedAmount: { currency: 'EUR', amount },
    creditorName: 'Merchant',
    creditorAccount: { iban: 'DE02100100109307118603' },
  });
  const details = (...values: object[]) => ({ authorization_details: JSON.stringify(values) });

  it.each<[string, Form]>([
    ['of an unknown type', details({ ...payment('1'), type: 'account_information' })],
    ['that is no payment', details({ type: 'payment_initiation' })],
    ['that is no JSON', { authorization_details: '[' }],
  ])('are refused where there is one %s', async (_name, changes) => {
    expect((await raw.authorize(changes)).error).toBe('invalid_authorization_details');
  });

  it('end in a token with no more than was consented to', async () => {
    const consented = details(payment('1'), payment('2'));
    const token = async (changes: Form) => {
      const { redirect } = await raw.authorize({ ...consented, scope: '' });
      return raw.ask({
        grant_type: 'authorization_code',
        redirect_uri: REDIRECT_URI,
        code: redirect?.searchParams.get('code') ?? '',
        code_verifier: VERIFIER,
        ...changes,
      });
    };
    const narrowed = await token(details(payment('2')));
    expect(narrowed.body['authorization_details']).toEqual([payment('2')]);
    const other = await token(details(payment('3')));
    expect([other.status, other.body['error']]).toEqual([400, 'invalid_authorization_details']);
  });
});
