import { existsFor, type Party } from './account.ts';
import { accepted, type Decision, refused, sameFact } from './decision.ts';
import type { AccountTerms, Alteration, ChangeNamed } from './events.ts';
import type { Register } from './register.ts';

/**
 * Asks for an account. The ledger has the last word; but what it is known to have already is taken
 * over only as it is, and by nobody in particular: an owner would take it from all others.
 */
export function requestOpening(
  register: Register,
  wanted: AccountTerms,
  changeId: string,
): Decision {
  const account = register.account(wanted.accountId);
  if (account !== undefined && account.status !== 'refused') {
    if (!sameTerms(account.terms, wanted)) return exists(wanted);
    return { outcome: 'known', resourceId: account.openedBy };
  }
  const existing = register.ledgerAccount(wanted.accountId);
  if (existing !== undefined && !sameTerms(existing, wanted)) return exists(wanted);
  return accepted(changeId, [{ type: 'opening-requested', data: { ...wanted, changeId } }]);
}

const REQUESTED = {
  freeze: 'freeze-requested',
  unfreeze: 'unfreeze-requested',
  close: 'close-requested',
} as const;

/** Asks for a change of an account. Whether its state allows it is for the ledger to say. */
export function requestChange(
  register: Register,
  { change, ...named }: ChangeNamed & { change: Alteration },
  party: Party,
): Decision {
  const { accountId, changeId } = named;
  const account = register.account(accountId);
  const isKnown = account?.status === 'opening' || register.ledgerAccount(accountId) !== undefined;
  if (!isKnown || !existsFor(party, account)) {
    return refused('account-unknown', `no account ${accountId}`);
  }
  if (register.pendingChange(accountId) !== undefined) {
    return refused('change-pending', `another change of ${accountId} is not over yet`);
  }
  return accepted(changeId, [{ type: REQUESTED[change], data: named }]);
}

function sameTerms(one: AccountTerms, other: AccountTerms): boolean {
  return sameFact(termsOf(one), termsOf(other));
}

function termsOf({ accountId, currency, kind, overdraft = 0, owner }: AccountTerms): object {
  return { accountId, currency, kind, overdraft, owner };
}

function exists({ accountId }: AccountTerms): Decision {
  return refused('account-exists', `${accountId} exists with other content`);
}
