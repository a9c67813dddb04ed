import { expect, it } from 'vitest';
import { paymentFault } from './payment-details.ts';

const GOOD = {
  type: 'payment_initiation',
  instructedAmount: { currency: 'EUR', amount: '123.50' },
  creditorName: 'Merchant',
  creditorAccount: { iban: 'DE02100100109307118603' },
};

it.each([
  ['as it is', {}],
  [
    'with all it may have',
    {
      actions: ['initiate', 'status', 'cancel'],
      locations: ['https://example.com/payments'],
      identifier: 'p-1',
      debtorAccount: { bban: '1', currency: 'EUR' },
      remittanceInformationUnstructured: 'Ref',
    },
  ],
  ['in yen', { instructedAmount: { currency: 'JPY', amount: '100' } }],
])('a payment is good %s', (_name, changes) => {
  expect(paymentFault({ ...GOOD, ...changes })).toBeUndefined();
});

it.each<[string, Record<string, unknown>]>([
  ['a member it does not have', { extra: 1 }],
  ['an action it does not have', { actions: ['refund'] }],
  ['no amount', { instructedAmount: undefined }],
  ['an amount that is a number', { instructedAmount: { currency: 'EUR', amount: 1 } }],
  ['an amount of nothing', { instructedAmount: { currency: 'EUR', amount: '0.00' } }],
  ['a negative amount', { instructedAmount: { currency: 'EUR', amount: '-1' } }],
  ['too many decimals', { instructedAmount: { currency: 'JPY', amount: '1.5' } }],
  ['no currency of ISO 4217', { instructedAmount: { currency: 'EURO', amount: '1' } }],
  ['a withdrawn currency', { instructedAmount: { currency: 'DEM', amount: '1' } }],
  ['more in its amount', { instructedAmount: { currency: 'EUR', amount: '1', x: 1 } }],
  ['no creditor', { creditorName: '' }],
  ['a creditor of 141 characters', { creditorName: 'x'.repeat(141) }],
  ['no account', { creditorAccount: undefined }],
  ['an account without a number', { creditorAccount: { currency: 'EUR' } }],
  ['a debtor account that is none', { debtorAccount: { iban: 7 } }],
])('a payment with %s is not', (_name, changes) => {
  expect(paymentFault({ ...GOOD, ...changes })).toMatch(/^\w+ /);
});
