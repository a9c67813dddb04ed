import type { Change, LedgerRefusal } from './account.ts';
import { accepted, type Decision } from './decision.ts';
import type { DomainEvent } from './events.ts';
import { isPending, type Register } from './register.ts';

/** How the ledger answered. */
export type LedgerOutcome = { ok: true } | ({ ok: false } & LedgerRefusal);

const DONE = { freeze: 'frozen', unfreeze: 'unfrozen', close: 'closed' } as const;

/** Records the outcome of a change, once: another instance may have asked the ledger as well. */
export function recordOutcome(
  register: Register,
  changeId: string,
  outcome: LedgerOutcome,
): Decision {
  const change = register.change(changeId);
  if (change === undefined) throw new Error(`nobody asked for change ${changeId}`);
  if (!isPending(change)) return { outcome: 'known', resourceId: changeId };
  return accepted(changeId, [outcomeEvent(register, change, outcome)]);
}

function outcomeEvent(
  register: Register,
  { accountId, changeId, change }: Change,
  outcome: LedgerOutcome,
): DomainEvent {
  const named = { accountId, changeId };
  if (!outcome.ok) {
    const { code: reason, status, detail } = outcome;
    const type = change === 'open' ? 'opening-refused' : 'change-refused';
    return { type, data: { ...named, reason, status, detail } };
  }
  if (change !== 'open') return { type: DONE[change], data: named };
  const terms = register.account(accountId)?.terms;
  if (terms === undefined) throw new Error(`account ${accountId} is not in the register`);
  return { type: 'opened', data: { ...terms, ...named } };
}
