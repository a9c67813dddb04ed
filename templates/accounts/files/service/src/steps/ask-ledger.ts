import type { AccountTerms } from '../domain/events.ts';
import type { LedgerOutcome } from '../domain/decide-outcome.ts';
import { LEDGER } from '../names.ts';
import { type Peer, type PeerAnswer, problemCode } from '../platform/peer.ts';
import type { PendingChange } from '../projection/tables.ts';

const ACCOUNTS = `/v1/${LEDGER}/accounts`;

/**
 * Asks the ledger for a change. The key is the change's own, so however often it is asked, it does
 * it once and says the same.
 * @throws Error when it has not answered
 */
export async function askLedger(
  ledger: Peer,
  { changeId, accountId, change, cause }: PendingChange,
  { terms, signal }: { terms: AccountTerms | undefined; signal: AbortSignal },
): Promise<LedgerOutcome> {
  const key = `${changeId}:${change}`;
  const call = { method: 'POST', key, traceId: cause.traceId, signal } as const;
  if (change !== 'open') {
    return outcomeOf(await ledger.call({ ...call, path: `${ACCOUNTS}/${accountId}/${change}` }));
  }
  if (terms === undefined) throw new Error(`account ${accountId} is not in the register`);
  const { owner, ...body } = terms;
  const answer = await ledger.call({ ...call, path: ACCOUNTS, body });
  // 200: it had that account before. Nobody in particular may take it over.
  if (answer.status === 200 && owner !== undefined) return existed(accountId);
  return outcomeOf(answer);
}

function outcomeOf(answer: PeerAnswer): LedgerOutcome {
  const { status, body } = answer;
  if (status < 300) return { ok: true };
  return { ok: false, status, code: problemCode(answer), detail: String(body['detail']) };
}

function existed(accountId: string): LedgerOutcome {
  const detail = `${accountId} exists in the ledger, for everybody`;
  return { ok: false, status: 409, code: 'account-exists', detail };
}
