import { amount, currency, id } from './formats.ts';

export const payBody = {
  type: 'object',
  additionalProperties: false,
  required: ['amount', 'currency', 'from', 'to'],
  properties: { paymentId: id, amount, currency, from: id, to: id },
} as const;

export const captureBody = {
  type: 'object',
  additionalProperties: false,
  properties: { amount },
} as const;

export const refundBody = {
  type: 'object',
  additionalProperties: false,
  properties: { refundId: id, amount },
} as const;

const order = { paymentId: id, amount, currency, from: id, to: id };
const reason = { type: 'string', description: 'Why it was declined, voided or given back.' };
const transactionId = id;

export const authorisationAnswer = {
  type: 'object',
  required: ['paymentId', 'amount', 'currency', 'from', 'to', 'status'],
  properties: {
    ...order,
    status: { type: 'string', enum: ['initiated', 'authorised', 'declined'] },
    reason,
  },
} as const;

export const captureAnswer = {
  type: 'object',
  required: ['paymentId', 'status'],
  properties: {
    paymentId: id,
    status: { type: 'string', enum: ['authorised', 'captured', 'voided'] },
    amount,
    currency,
    reason,
  },
} as const;

export const voidAnswer = {
  type: 'object',
  required: ['paymentId', 'status'],
  properties: {
    paymentId: id,
    status: { type: 'string', enum: ['authorised', 'voided'] },
    reason,
  },
} as const;

const refund = {
  refundId: id,
  amount,
  status: { type: 'string', enum: ['requested', 'refunded', 'declined'] },
  transactionId,
  reason,
};

export const refundAnswer = {
  type: 'object',
  required: ['paymentId', 'refundId', 'amount', 'currency', 'status'],
  properties: { paymentId: id, currency, ...refund },
} as const;

export const paymentAnswer = {
  type: 'object',
  required: [...authorisationAnswer.required, 'authoriseBy', 'expiresAt'],
  properties: {
    ...order,
    status: {
      type: 'string',
      enum: ['initiated', 'authorised', 'declined', 'voided', 'captured', 'settled', 'refunded'],
    },
    reason,
    authoriseBy: { type: 'string', format: 'date-time' },
    expiresAt: { type: 'string', format: 'date-time' },
    captured: amount,
    refunded: { type: 'integer', description: 'What was given back.' },
    refunds: {
      type: 'array',
      items: {
        type: 'object',
        required: ['refundId', 'amount', 'status'],
        properties: refund,
      },
    },
  },
} as const;
