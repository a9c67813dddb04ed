import type { PersonaConfig } from './config.ts';

/** RFC 9396 §2; the amount and the accounts are made up. */
const PAYMENT_INITIATION = {
  type: 'payment_initiation',
  locations: ['https://bank.example/payments'],
  instructedAmount: { currency: 'EUR', amount: '123.50' },
  creditorName: 'Merchant A',
  creditorAccount: { iban: 'DE02100100109307118603' },
};

/** Strong customer authentication, as UK Open Banking's security profile names it. */
const UK_SCA = { acr: 'urn:openbanking:psd2:sca' };

/**
 * The parties of open-banking profiles, which every project knows beside its own personas.
 * UK Open Banking Read/Write API 4.0: account information, payment initiation, card-based payment
 * issuers. Berlin Group NextGenPSD2 §13.1: the same, with the consent in the scope. FDX API 6: a data
 * recipient.
 */
export const PRESET_PERSONAS: Readonly<Record<string, PersonaConfig>> = {
  'uk:aisp': {
    sub: 'usr_customer',
    scopes: ['openid', 'accounts'],
    claims: { client_id: 'uk-aisp', openbanking_intent_id: 'aac-1', ...UK_SCA },
  },
  'uk:pisp': {
    sub: 'usr_customer',
    scopes: ['openid', 'payments'],
    claims: { client_id: 'uk-pisp', openbanking_intent_id: 'pdc-1', ...UK_SCA },
  },
  'uk:cbpii': {
    sub: 'usr_customer',
    scopes: ['openid', 'fundsconfirmations'],
    claims: { client_id: 'uk-cbpii', openbanking_intent_id: 'fcc-1', ...UK_SCA },
  },
  'berlin:aisp': {
    sub: 'usr_customer',
    scopes: ['AIS:consent-1'],
    claims: { client_id: 'PSDDE-BAFIN-000001' },
  },
  'berlin:pisp': {
    sub: 'usr_customer',
    scopes: ['PIS:payment-1'],
    claims: { client_id: 'PSDDE-BAFIN-000002', authorization_details: [PAYMENT_INITIATION] },
  },
  'berlin:piisp': {
    sub: 'usr_customer',
    scopes: ['PIIS:consent-1'],
    claims: { client_id: 'PSDDE-BAFIN-000003' },
  },
  'fdx:recipient': {
    sub: 'usr_customer',
    scopes: [
      'fdx:accountbasic:read',
      'fdx:accountdetailed:read',
      'fdx:balances:read',
      'fdx:transactions:read',
    ],
    claims: { client_id: 'fdx-recipient', fdxConsentId: 'consent-1' },
  },
};
