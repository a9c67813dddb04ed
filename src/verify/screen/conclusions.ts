import type { CheckSettings } from '../contract.ts';
import type { HoldCounts } from './hold-fold.ts';
import type { LedgerCounts } from './ledger-fold.ts';
import { SUSPECT, type Tally } from './suspicion.ts';

/** What the screen knows of all logs when it has read them. */
export interface Sums {
  logs: number;
  tally: Tally;
  holds: HoldCounts;
  ledger: LedgerCounts;
}

/** What a check says of logs in which it finds nothing. */
export interface Conclusion {
  checked: number;
  /** What it skips, by reason. */
  skipped: Record<string, number>;
}

/** How the screen stands in for one check. */
interface Screened {
  /** Bits of what makes it unsure. */
  suspectedBy: number;
  /**
   * Exactly what the check would say: `nothing` is what it says of a log without a fact for it;
   * undefined: it is to be made event by event all the same.
   */
  conclude(sums: Sums, settings: CheckSettings): Conclusion | 'nothing' | undefined;
}

const checked = (count: number): Conclusion => ({ checked: count, skipped: {} });

/** The checks that have a screen. */
export const CONCLUSIONS: Readonly<Record<string, Screened>> = {
  'ledger/balanced': {
    suspectedBy: SUSPECT.vocabulary | SUSPECT.sides,
    conclude: ({ tally }) => checked(tally.transactions),
  },
  'ledger/double-effect': {
    suspectedBy: SUSPECT.vocabulary | SUSPECT.effects | SUSPECT.identity,
    conclude: ({ tally }) => checked(tally.effects),
  },
  'ledger/limits': {
    suspectedBy: SUSPECT.vocabulary | SUSPECT.limits | SUSPECT.order,
    conclude: ({ ledger: { judged, onOthers, withoutKind } }) => {
      // Two reasons stand in the order in which they first came up.
      if (onOthers > 0 && withoutKind > 0) return undefined;
      return {
        checked: judged,
        skipped: {
          'the account is not opened in the log': onOthers,
          'the account was opened without a kind': withoutKind,
        },
      };
    },
  },
  'ledger/holds': {
    suspectedBy: SUSPECT.vocabulary | SUSPECT.holds | SUSPECT.order,
    conclude: ({ logs, holds: { steps, early } }) => {
      // A hold may be placed in a log read before.
      if (logs > 1 && steps + early > 0) return undefined;
      return { checked: steps, skipped: { 'the log places no hold': early } };
    },
  },
  'ledger/refunds': {
    suspectedBy: SUSPECT.vocabulary | SUSPECT.order,
    conclude: ({ tally }) => (tally.payments === 0 ? 'nothing' : undefined),
  },
  'ledger/conservation': {
    suspectedBy: SUSPECT.vocabulary | SUSPECT.order,
    conclude: ({ tally }) => checked(tally.transactions),
  },
  'ledger/accounts': {
    suspectedBy: SUSPECT.vocabulary | SUSPECT.accounts | SUSPECT.order,
    conclude: ({ ledger: { onAccounts, onOthers } }) => ({
      checked: onAccounts,
      skipped: { 'no account is opened in the log': onOthers },
    }),
  },
  'money/minor-units': {
    suspectedBy: SUSPECT.vocabulary,
    conclude: ({ tally }) => checked(tally.amounts),
  },
  'money/factor-jump': {
    suspectedBy: SUSPECT.vocabulary | SUSPECT.jumps,
    conclude: ({ logs, tally, holds: { steps, early, pairs, unpaired } }) => {
      if (tally.payments > 0 || (logs > 1 && steps + early > 0)) return undefined;
      return { checked: pairs, skipped: { 'its transaction is not in the log': unpaired } };
    },
  },
  'ledger/running-balance': { suspectedBy: SUSPECT.vocabulary, conclude: () => 'nothing' },
  'ledger/statement': { suspectedBy: SUSPECT.vocabulary, conclude: () => 'nothing' },
  'saga/causation': {
    suspectedBy: SUSPECT.order,
    conclude: ({ tally }) => (tally.causes === 0 ? 'nothing' : undefined),
  },
  'saga/completion': {
    suspectedBy: SUSPECT.vocabulary | SUSPECT.order,
    conclude: ({ tally }) => (tally.payments === 0 ? 'nothing' : undefined),
  },
  'saga/commands': {
    suspectedBy: SUSPECT.vocabulary | SUSPECT.order,
    conclude: ({ tally }) => (tally.commands === 0 ? 'nothing' : undefined),
  },
  'log/revisions': {
    suspectedBy: SUSPECT.revisions,
    conclude: ({ tally: { events, withRevision } }) => ({
      checked: withRevision,
      skipped: { 'the event carries no streamrevision': events - withRevision },
    }),
  },
  'log/order': {
    suspectedBy: SUSPECT.order,
    conclude: ({ tally: { events, withPosition } }) => ({
      checked: withPosition,
      skipped: { 'the event carries no globalposition': events - withPosition },
    }),
  },
  'log/id-reuse': {
    suspectedBy: SUSPECT.identity,
    conclude: ({ tally }) => checked(tally.events),
  },
  'log/duplicates': {
    suspectedBy: SUSPECT.identity,
    conclude: ({ tally }) => checked(tally.events),
  },
  'log/envelope': {
    suspectedBy: SUSPECT.envelope,
    conclude: ({ tally }) => checked(tally.events),
  },
  'log/mapping': {
    suspectedBy: SUSPECT.vocabulary,
    conclude: ({ tally }) => checked(tally.words),
  },
  'log/clock': {
    suspectedBy: SUSPECT.clock,
    conclude: ({ tally: { events, withRecording } }) => ({
      checked: withRecording,
      skipped: { 'the event carries no recordedtime': events - withRecording },
    }),
  },
  'log/secrets': {
    suspectedBy: SUSPECT.secrets,
    conclude: ({ tally: { events, withData } }) => ({
      checked: withData,
      skipped: { 'the event has no data that is JSON': events - withData },
    }),
  },
  'log/schema': {
    suspectedBy: 0,
    conclude: (_, { schemas }) => (schemas.size === 0 ? 'nothing' : undefined),
  },
  'outbox/gap': {
    suspectedBy: 0,
    conclude: (_, { config }) => (config.outbox === undefined ? 'nothing' : undefined),
  },
  'log/corruption': {
    suspectedBy: 0,
    conclude: ({ tally: { events, blank } }) => ({
      checked: events,
      skipped: { 'the line is blank': blank },
    }),
  },
};
