import { randomUUID } from 'node:crypto';
import type { Party } from '../domain/account.ts';
import { type LedgerOutcome, recordOutcome } from '../domain/decide-outcome.ts';
import { requestChange, requestOpening } from '../domain/decide-request.ts';
import type { AccountTerms, Alteration } from '../domain/events.ts';
import type { Register } from '../domain/register.ts';
import type { Command } from './command.ts';

/** Each is answered with the change that it set off: how that ends is known later. */
const answer = (_register: Register, changeId: string) => ({ changeId });

export function requestOpeningCommand(wanted: AccountTerms): Command<Register> {
  const changeId = randomUUID();
  return {
    subjects: () => [wanted.accountId],
    decide: (register) => requestOpening(register, wanted, changeId),
    status: 201,
    answer,
  };
}

export function requestChangeCommand(
  wanted: { accountId: string; change: Alteration },
  party: Party,
): Command<Register> {
  const changeId = randomUUID();
  return {
    subjects: () => [wanted.accountId],
    decide: (register) => requestChange(register, { ...wanted, changeId }, party),
    status: 200,
    answer,
  };
}

export function recordOutcomeCommand(
  { accountId, changeId }: { accountId: string; changeId: string },
  outcome: LedgerOutcome,
): Command<Register> {
  return {
    subjects: () => [accountId],
    decide: (register) => recordOutcome(register, changeId, outcome),
    status: 200,
    answer,
  };
}
