export type AccountKind = 'asset' | 'liability' | 'equity' | 'income' | 'expense';
export type Direction = 'debit' | 'credit';

/** One side of a transaction. Amounts are positive minor units, at most 2^53 − 1. */
export interface Posting {
  accountId: string;
  direction: Direction;
  amount: number;
  currency: string;
}

export interface AccountOpened {
  accountId: string;
  currency: string;
  kind: AccountKind;
  /** How far below zero the account may go. */
  overdraft?: number;
}

export interface AccountNamed {
  accountId: string;
}

/**
 * Says in an account's own stream that something elsewhere changed its figures. Written with the
 * exact revision that was read, it lets only one of two rival decisions through.
 */
export interface AccountEntered {
  accountId: string;
  transactionId?: string;
  holdId?: string;
}

export interface TransactionPosted {
  transactionId: string;
  postings: Posting[];
  /** The transaction this one takes back. */
  reverses?: string;
  /** The hold this one spends. */
  holdId?: string;
  paymentId?: string;
  /** When it takes effect for the customer, RFC 3339, where that is not now. */
  effectiveAt?: string;
  idempotencyKey?: string;
}

export interface HoldPlaced {
  holdId: string;
  accountId: string;
  amount: number;
  currency: string;
  expiresAt?: string;
  paymentId?: string;
}

/** `amount` may be less than was held; the rest is free again. */
export interface HoldPosted {
  holdId: string;
  amount: number;
  transactionId: string;
}

export interface HoldNamed {
  holdId: string;
}

/** Every fact this ledger records, by the last part of its event type. */
export interface LedgerFacts {
  'account-opened': AccountOpened;
  'account-frozen': AccountNamed;
  'account-unfrozen': AccountNamed;
  'account-closed': AccountNamed;
  'account-entered': AccountEntered;
  'transaction-posted': TransactionPosted;
  'hold-placed': HoldPlaced;
  'hold-posted': HoldPosted;
  'hold-voided': HoldNamed;
  'hold-expired': HoldNamed;
}

export type LedgerEvent = {
  [Type in keyof LedgerFacts]: { type: Type; data: LedgerFacts[Type] };
}[keyof LedgerFacts];

export type LedgerEventType = LedgerEvent['type'];

/** What the parts that every service has call the events of its own domain. */
export type DomainEvent = LedgerEvent;
