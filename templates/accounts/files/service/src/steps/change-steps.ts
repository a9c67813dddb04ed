import { recordOutcomeCommand } from '../commands/account-commands.ts';
import type { Call, CommandHandler } from '../commands/command-handler.ts';
import type { Register } from '../domain/register.ts';
import { SERVICE } from '../names.ts';
import type { Peer } from '../platform/peer.ts';
import { newTraceparent } from '../platform/trace.ts';
import type { PendingChange, Tables } from '../projection/tables.ts';
import { askLedger } from './ask-ledger.ts';
import type { StepSource } from './run-steps.ts';

/** Every change that waits for the ledger is a step: ask, and record what it said. */
export function changeSteps(
  tables: Tables,
  { ledger, handler }: { ledger: Peer; handler: CommandHandler<Register> },
): StepSource {
  const run = async (change: PendingChange, signal: AbortSignal) => {
    const terms = tables.account(change.accountId)?.terms;
    const outcome = await askLedger(ledger, change, { terms, signal });
    await handler.execute(recordOutcomeCommand(change, outcome), callFor(change));
  };
  return {
    due: (_nowMs, limit) =>
      tables.pendingChanges(limit).map((change) => {
        return { key: change.changeId, run: (signal) => run(change, signal) };
      }),
  };
}

function callFor({ cause }: PendingChange): Call {
  const { eventId: causationid, traceId } = cause;
  const traceparent = newTraceparent(traceId);
  const origin = { authtype: 'system', authid: SERVICE, traceparent, causationid } as const;
  return { origin, idempotency: undefined };
}
