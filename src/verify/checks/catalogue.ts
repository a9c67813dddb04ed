import type { Check } from '../contract.ts';
import { ledgerAccounts } from './ledger-accounts.ts';
import { ledgerBalanced } from './ledger-balanced.ts';
import { ledgerConservation } from './ledger-conservation.ts';
import { ledgerDoubleEffect } from './ledger-double-effect.ts';
import { ledgerHolds } from './ledger-holds.ts';
import { ledgerLimits } from './ledger-limits.ts';
import { logCheckpoint } from './log-checkpoint.ts';
import { ledgerRefunds } from './ledger-refunds.ts';
import { ledgerRunningBalance } from './ledger-running-balance.ts';
import { ledgerStatement } from './ledger-statement.ts';
import { logClock } from './log-clock.ts';
import { logCorruption } from './log-corruption.ts';
import { logEnvelope } from './log-envelope.ts';
import { logDuplicates, logIdReuse } from './log-identity.ts';
import { logMapping } from './log-mapping.ts';
import { logOrder } from './log-order.ts';
import { logRevisions } from './log-revisions.ts';
import { logSchema } from './log-schema.ts';
import { logSecrets } from './log-secrets.ts';
import { moneyFactorJump } from './money-factor-jump.ts';
import { moneyMinorUnits } from './money-minor-units.ts';
import { outboxGap } from './outbox-gap.ts';
import { sagaCausation } from './saga-causation.ts';
import { sagaCommands } from './saga-commands.ts';
import { sagaCompletion } from './saga-completion.ts';
import { projectionDeterminism } from './projection-determinism.ts';
import { projectionDiff } from './projection-diff.ts';

/** Every check, in the order of reports. */
export const CHECKS: readonly Check[] = [
  ledgerBalanced,
  ledgerConservation,
  ledgerDoubleEffect,
  ledgerLimits,
  ledgerHolds,
  ledgerRefunds,
  ledgerAccounts,
  moneyMinorUnits,
  moneyFactorJump,
  ledgerRunningBalance,
  ledgerStatement,
  logRevisions,
  logOrder,
  logIdReuse,
  logDuplicates,
  logEnvelope,
  logMapping,
  logCorruption,
  logSchema,
  logCheckpoint,
  logClock,
  logSecrets,
  sagaCausation,
  sagaCompletion,
  sagaCommands,
  outboxGap,
  projectionDiff,
  projectionDeterminism,
];
