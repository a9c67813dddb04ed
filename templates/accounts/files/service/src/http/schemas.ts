import { currency, id } from './formats.ts';

export const owner = {
  type: 'string',
  minLength: 1,
  maxLength: 255,
  pattern: '^[^\\p{Cc}\\p{Cs}]*$',
  description: 'The `sub` of the tokens it exists for. Without one it does for everybody.',
} as const;

const kind = {
  type: 'string',
  enum: ['asset', 'liability', 'equity', 'income', 'expense'],
  default: 'liability',
  description: 'What the bank owes a customer is a liability.',
} as const;

const overdraft = {
  type: 'integer',
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'How far below zero it may go, in minor units.',
} as const;

export const openAccountBody = {
  type: 'object',
  additionalProperties: false,
  required: ['currency'],
  properties: { accountId: id, currency, kind, overdraft, owner },
} as const;

/** As the ledger has it; `opening` until the ledger has it. */
export const accountAnswer = {
  type: 'object',
  required: ['accountId', 'currency', 'kind', 'overdraft', 'status'],
  properties: {
    accountId: id,
    currency,
    kind,
    overdraft,
    owner,
    status: { type: 'string', enum: ['opening', 'open', 'frozen', 'closed'] },
  },
} as const;

export const changeAnswer = {
  type: 'object',
  required: ['accountId', 'status'],
  properties: {
    accountId: id,
    status: { type: 'string', enum: ['open', 'frozen', 'closed'] },
  },
} as const;

/** The ledger has not answered yet. */
export const changingAnswer = {
  type: 'object',
  required: ['accountId', 'status'],
  properties: {
    accountId: id,
    status: { type: 'string', enum: ['freezing', 'unfreezing', 'closing'] },
  },
} as const;

const figure = { type: 'integer', description: 'Whole minor units of the currency.' } as const;

export const balanceAnswer = {
  type: 'object',
  required: ['accountId', 'currency', 'balance', 'held'],
  properties: {
    accountId: id,
    currency,
    balance: { ...figure, description: 'On the side that is normal for its kind.' },
    held: { ...figure, description: 'Reserved by pending holds.' },
    available: {
      type: ['integer', 'string'],
      description: 'What may be spent; digits beyond 2^53 − 1; absent where nothing limits it.',
    },
  },
} as const;
