import type { AccountKind } from './ledger.ts';

/** Integer minor units: a JSON integer, or its digits where it passes 2^53 − 1. */
export type ExactAmount = number | string;

/** What `replay` says of a ledger: its state as of a moment. */
export interface LedgerReport {
  /** The last event that is in it; both null where there is none. */
  asOf: { position: string | null; time: string | null };
  events: number;
  accounts: AccountReport[];
  /** Pending ones. */
  holds: HoldReport[];
  payments: PaymentReport[];
  totals: CurrencyTotals[];
  /** Events that are not in it. */
  leftOut: { unreadable: number; untimed: number };
}

/** What `replay --projection` says. */
export interface ProjectionReport {
  projection: string;
  /** Of the last event that is in it; `0` where there is none. */
  position: string;
  entries: { key: string; value: unknown }[];
}

export interface AccountReport {
  accountId: string;
  /** Null where the log does not say: balances are then debits less credits. */
  kind: AccountKind | null;
  status: 'open' | 'frozen' | 'closed' | 'unopened';
  balances: { currency: string; balance: ExactAmount; held: ExactAmount }[];
}

export interface HoldReport {
  holdId: string;
  accountId: string;
  amount: ExactAmount;
  currency: string;
  expiresAt: string | null;
  /** Where it was placed. */
  position: string;
}

export interface PaymentReport {
  paymentId: string;
  status: string;
  amount: ExactAmount | null;
  currency: string | null;
  captured: ExactAmount;
  /** Refunds and chargebacks. */
  returned: ExactAmount;
}

/** Sums over all accounts in one currency. */
export interface CurrencyTotals {
  currency: string;
  /** Of balances on the debit side. */
  debit: ExactAmount;
  /** Of balances on the credit side; the same as `debit` where the books are balanced. */
  credit: ExactAmount;
  /** Of single-entry movements. */
  moved: ExactAmount;
  held: ExactAmount;
}

const text = { type: 'string' } as const;
const maybeText = { type: ['string', 'null'] } as const;
const amount = { type: ['integer', 'string'], pattern: '^-?[0-9]+$' } as const;
const count = { type: 'integer', minimum: 0 } as const;

function objectOf(properties: Record<string, object>): object {
  return {
    type: 'object',
    additionalProperties: false,
    required: Object.keys(properties),
    properties,
  };
}

/** JSON Schema of such a report. */
export const ledgerReportSchema: object = {
  description: 'Amounts are integer minor units, as text beyond 2^53 − 1.',
  ...objectOf({
    asOf: objectOf({ position: maybeText, time: maybeText }),
    events: count,
    accounts: {
      type: 'array',
      items: objectOf({
        accountId: text,
        kind: { enum: ['asset', 'liability', 'equity', 'income', 'expense', null] },
        status: { enum: ['open', 'frozen', 'closed', 'unopened'] },
        balances: {
          type: 'array',
          items: objectOf({ currency: text, balance: amount, held: amount }),
        },
      }),
    },
    holds: {
      type: 'array',
      items: objectOf({
        holdId: text,
        accountId: text,
        amount,
        currency: text,
        expiresAt: maybeText,
        position: text,
      }),
    },
    payments: {
      type: 'array',
      items: objectOf({
        paymentId: text,
        status: text,
        amount: { ...amount, type: ['integer', 'string', 'null'] },
        currency: maybeText,
        captured: amount,
        returned: amount,
      }),
    },
    totals: {
      type: 'array',
      items: objectOf({
        currency: text,
        debit: amount,
        credit: amount,
        moved: amount,
        held: amount,
      }),
    },
    leftOut: objectOf({ unreadable: count, untimed: count }),
  }),
};

/** JSON Schema of a projection's report. */
export const projectionReportSchema: object = {
  description: 'With --projection.',
  ...objectOf({
    projection: text,
    position: text,
    entries: { type: 'array', items: objectOf({ key: text, value: {} }) },
  }),
};
