import type { Account } from '../domain/account.ts';
import type { AccountTerms } from '../domain/events.ts';
import { available, hasFloor, type LedgerAccount } from '../domain/ledger-account.ts';
import type { Register } from '../domain/register.ts';
import { Unavailable } from '../unavailable.ts';
import type { Outcome } from './run-command.ts';

const CHANGING = { freeze: 'freezing', unfreeze: 'unfreezing', close: 'closing' } as const;
const CHANGED = { freeze: 'frozen', unfreeze: 'open', close: 'closed' } as const;

/**
 * How a change ended; undefined while the ledger has not answered.
 * @param status HTTP's word for success
 */
export function endOf(register: Register, changeId: string, status: number): Outcome | undefined {
  const change = register.change(changeId);
  if (change === undefined || change.outcome.state === 'pending') return undefined;
  const { outcome, accountId } = change;
  if (outcome.state === 'refused') return outcome;
  return change.change === 'open'
    ? { status, body: termsBody(knownAccount(register, accountId).terms, 'open') }
    : { status, body: { accountId, status: CHANGED[change.change] } };
}

/** How far a change is that has not ended. @throws Unavailable when it cannot be seen yet */
export function progressOf(register: Register, changeId: string): Outcome {
  const change = register.change(changeId);
  if (change === undefined) throw new Unavailable('not-ready', 'the log is still being read');
  const { accountId } = change;
  return change.change === 'open'
    ? { status: 202, body: termsBody(knownAccount(register, accountId).terms, 'opening') }
    : { status: 202, body: { accountId, status: CHANGING[change.change] } };
}

/** An account as the ledger has it, or is about to. */
export function accountBody(register: Register, accountId: string): object | undefined {
  const account = register.account(accountId);
  const isOurs = account !== undefined && account.status !== 'refused';
  const booked = register.ledgerAccount(accountId);
  if (booked === undefined) return isOurs ? termsBody(account.terms, 'opening') : undefined;
  const { currency, kind, overdraft, status } = booked;
  const owner = isOurs ? account.terms.owner : undefined;
  return termsBody({ accountId, currency, kind, overdraft, ...(owner && { owner }) }, status);
}

export function balanceBody(account: LedgerAccount): object {
  const { accountId, currency, kind, balance, held } = account;
  const figures = { accountId, currency, balance, held };
  return hasFloor(kind) ? { ...figures, available: exactSum(available(account)) } : figures;
}

function termsBody(
  { accountId, currency, kind, overdraft = 0, owner }: AccountTerms,
  status: string,
) {
  return { accountId, currency, kind, overdraft, ...(owner && { owner }), status };
}

function knownAccount(register: Register, accountId: string): Account {
  const account = register.account(accountId);
  if (account === undefined) throw new Error(`account ${accountId} is not in the register`);
  return account;
}

/** A JSON integer, or its digits where it passes 2^53 − 1. */
function exactSum(sum: bigint): number | string {
  const most = BigInt(Number.MAX_SAFE_INTEGER);
  return sum <= most && sum >= -most ? Number(sum) : String(sum);
}
