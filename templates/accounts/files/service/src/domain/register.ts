import type { Account, Change, LedgerRefusal } from './account.ts';
import type { ChangeNamed, ChangeRefused, DomainEvent, AccountNamed } from './events.ts';
import type { LedgerAccount } from './ledger-account.ts';

/** What a decision may look at. */
export interface Register {
  account(accountId: string): Account | undefined;
  change(changeId: string): Change | undefined;
  /** The one change of an account that waits for the ledger. */
  pendingChange(accountId: string): Change | undefined;
  /** The account as the ledger has it, whoever had it opened. */
  ledgerAccount(accountId: string): LedgerAccount | undefined;
}

/** What one event changes: whole new values, to be put in place of the old. */
export interface Changed {
  accounts: Account[];
  changes: Change[];
}

/** The one fold of this service's events. The read model and every decision stand on it. */
export function evolve(register: Register, event: DomainEvent): Changed {
  switch (event.type) {
    case 'opening-requested':
      return requestedOpening(event.data);
    case 'freeze-requested':
      return requested(event.data, 'freeze');
    case 'unfreeze-requested':
      return requested(event.data, 'unfreeze');
    case 'close-requested':
      return requested(event.data, 'close');
    case 'opened':
      return { ...done(register, event.data), accounts: [opening(register, event.data, 'open')] };
    case 'frozen':
    case 'unfrozen':
    case 'closed':
      return done(register, event.data);
    case 'opening-refused': {
      const accounts = [opening(register, event.data, 'refused')];
      return { ...refused(register, event.data), accounts };
    }
    case 'change-refused':
      return refused(register, event.data);
  }
}

/** The register once these events happened; the given one stays as it is. */
export function registerAfter(register: Register, events: readonly DomainEvent[]): Register {
  const accounts = new Map<string, Account>();
  const changes = new Map<string, Change>();
  const after: Register = {
    account: (id) => accounts.get(id) ?? register.account(id),
    change: (id) => changes.get(id) ?? register.change(id),
    pendingChange: (accountId) =>
      changes.values().find((one) => one.accountId === accountId && isPending(one)) ??
      unlessIn(changes, register.pendingChange(accountId)),
    ledgerAccount: (id) => register.ledgerAccount(id),
  };
  for (const event of events) {
    const changed = evolve(after, event);
    for (const account of changed.accounts) accounts.set(account.terms.accountId, account);
    for (const change of changed.changes) changes.set(change.changeId, change);
  }
  return after;
}

export const emptyRegister: Register = {
  account: () => undefined,
  change: () => undefined,
  pendingChange: () => undefined,
  ledgerAccount: () => undefined,
};

function unlessIn(
  changes: ReadonlyMap<string, Change>,
  change: Change | undefined,
): Change | undefined {
  return change !== undefined && changes.has(change.changeId) ? undefined : change;
}

export function isPending({ outcome }: Change): boolean {
  return outcome.state === 'pending';
}

function requestedOpening({ changeId, ...terms }: AccountNamed): Changed {
  const { changes } = requested({ accountId: terms.accountId, changeId }, 'open');
  return { accounts: [{ terms, openedBy: changeId, status: 'opening' }], changes };
}

function requested({ accountId, changeId }: ChangeNamed, change: Change['change']): Changed {
  const outcome = { state: 'pending' } as const;
  return { accounts: [], changes: [{ changeId, accountId, change, outcome }] };
}

function done(register: Register, { changeId }: ChangeNamed): Changed {
  return {
    accounts: [],
    changes: [{ ...pending(register, changeId), outcome: { state: 'done' } }],
  };
}

function refused(register: Register, { changeId, reason, status, detail }: ChangeRefused): Changed {
  const refusal: LedgerRefusal = { status, code: reason, detail };
  const change = pending(register, changeId);
  return { accounts: [], changes: [{ ...change, outcome: { state: 'refused', ...refusal } }] };
}

function opening(
  register: Register,
  { accountId }: ChangeNamed,
  status: 'open' | 'refused',
): Account {
  const account = register.account(accountId);
  if (account === undefined) throw new Error(`nobody asked for account ${accountId}`);
  return { ...account, status };
}

function pending(register: Register, changeId: string): Change {
  const change = register.change(changeId);
  if (change === undefined || !isPending(change)) throw new Error(`${changeId} is not pending`);
  return change;
}
