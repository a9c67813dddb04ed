import { amount, currency, id, instant } from './formats.ts';
import { kinds, posting } from './schemas.ts';

/** An object of which every member but the optional ones is there. */
function object(properties: Record<string, object>, optional: Record<string, object> = {}): object {
  const required = Object.keys(properties);
  return { type: 'object', required, properties: { ...properties, ...optional } };
}

function list(items: object): object {
  return { type: 'array', items };
}

const integer = { type: 'integer' };
const exactSum = {
  description: 'A JSON integer, or its digits where it passes 2^53 − 1.',
  type: ['integer', 'string'],
};
const kind = { type: 'string', enum: kinds };
const position = { type: 'string', description: 'Everything up to here in the log is in it.' };

export const openedAnswer: object = object({ accountId: id, currency, kind, overdraft: integer });

export const changedAnswer: object = object({
  accountId: id,
  status: { type: 'string', enum: ['open', 'frozen', 'closed'] },
});

export const accountAnswer: object = object(
  {
    accountId: id,
    currency,
    kind,
    overdraft: integer,
    status: { type: 'string', enum: ['open', 'frozen', 'closed'] },
    balance: { ...integer, description: "On the account's normal side." },
    held: { ...integer, description: 'Reserved by pending holds.' },
  },
  { available: exactSum },
);

const transaction = { transactionId: id, postings: list(posting) };
const transactionExtras = { reverses: id, holdId: id, paymentId: id, effectiveAt: instant };

export const transactionAnswer: object = object(transaction, transactionExtras);

export const transactionWithReversal: object = object(transaction, {
  ...transactionExtras,
  reversedBy: id,
});

export const holdAnswer: object = object(
  {
    holdId: id,
    accountId: id,
    amount,
    currency,
    status: { type: 'string', enum: ['pending', 'posted', 'voided', 'expired'] },
  },
  { expiresAt: instant, paymentId: id, taken: object({ amount, transactionId: id }) },
);

export const postedHoldAnswer: object = object({
  holdId: id,
  status: { const: 'posted' },
  amount,
  transactionId: id,
});

export const voidedHoldAnswer: object = object({ holdId: id, status: { const: 'voided' } });

export const statementAnswer: object = object(
  {
    accountId: id,
    currency,
    balance: integer,
    entries: list(
      object(
        {
          number: integer,
          transactionId: id,
          direction: { type: 'string', enum: ['debit', 'credit'] },
          amount,
          balance: integer,
          recordedAt: instant,
        },
        { effectiveAt: instant },
      ),
    ),
  },
  { next: integer },
);

export const trialBalanceAnswer: object = object(
  {
    position,
    currencies: list(
      object({ currency, debit: exactSum, credit: exactSum, balanced: { type: 'boolean' } }),
    ),
    accounts: list(object({ accountId: id, currency, kind, debit: integer, credit: integer })),
  },
  { next: id },
);
