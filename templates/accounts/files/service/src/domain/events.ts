export type AccountKind = 'asset' | 'liability' | 'equity' | 'income' | 'expense';

/** What a client may ask to be done to an account that is open. */
export type Alteration = 'freeze' | 'unfreeze' | 'close';

/** What an account is opened with. It never changes after. */
export interface AccountTerms {
  accountId: string;
  currency: string;
  kind: AccountKind;
  /** How far below zero the account may go, in minor units. */
  overdraft?: number;
  /** The `sub` of whom it belongs to. */
  owner?: string;
}

/** One change of one account, from the request to its outcome. */
export interface ChangeNamed {
  accountId: string;
  changeId: string;
}

/** An account as it was asked for, and, once the ledger has it, as it was opened. */
export interface AccountNamed extends AccountTerms, ChangeNamed {}

/** The ledger said no: with this code and HTTP status, and these words. */
export interface ChangeRefused extends ChangeNamed {
  reason: string;
  status: number;
  detail: string;
}

/** Every fact this service records, by the last part of its event type. */
export interface AccountsFacts {
  'opening-requested': AccountNamed;
  opened: AccountNamed;
  'opening-refused': ChangeRefused;
  'freeze-requested': ChangeNamed;
  frozen: ChangeNamed;
  'unfreeze-requested': ChangeNamed;
  unfrozen: ChangeNamed;
  'close-requested': ChangeNamed;
  closed: ChangeNamed;
  'change-refused': ChangeRefused;
}

export type DomainEvent = {
  [Type in keyof AccountsFacts]: { type: Type; data: AccountsFacts[Type] };
}[keyof AccountsFacts];
