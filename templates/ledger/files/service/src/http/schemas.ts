import { amount, currency, id, instant, limit } from './formats.ts';

export const kinds = ['asset', 'liability', 'equity', 'income', 'expense'] as const;

export const openAccountBody = {
  type: 'object',
  additionalProperties: false,
  required: ['accountId', 'currency', 'kind'],
  properties: {
    accountId: id,
    currency,
    kind: { type: 'string', enum: kinds },
    overdraft: {
      type: 'integer',
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'How far below zero it may go, in minor units.',
    },
  },
} as const;

export const posting = {
  type: 'object',
  additionalProperties: false,
  required: ['accountId', 'direction', 'amount', 'currency'],
  properties: {
    accountId: id,
    direction: { type: 'string', enum: ['debit', 'credit'] },
    amount,
    currency,
  },
} as const;

export const postTransactionBody = {
  type: 'object',
  additionalProperties: false,
  required: ['postings'],
  properties: {
    transactionId: id,
    postings: { type: 'array', minItems: 1, maxItems: 100, items: posting },
    reverses: id,
    paymentId: id,
    effectiveAt: instant,
  },
} as const;

export const placeHoldBody = {
  type: 'object',
  additionalProperties: false,
  required: ['accountId', 'amount', 'currency'],
  properties: {
    holdId: id,
    accountId: id,
    amount,
    currency,
    expiresAt: instant,
    paymentId: id,
  },
} as const;

export const postHoldBody = {
  type: 'object',
  additionalProperties: false,
  required: ['toAccountId'],
  properties: { transactionId: id, toAccountId: id, amount, effectiveAt: instant },
} as const;

export const statementQuery = {
  type: 'object',
  additionalProperties: false,
  properties: { limit, after: { type: 'string', pattern: '^[0-9]{1,15}$' } },
} as const;

export const trialBalanceQuery = {
  type: 'object',
  additionalProperties: false,
  properties: { limit, after: id },
} as const;
