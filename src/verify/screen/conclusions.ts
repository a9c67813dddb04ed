import type { LedgerCounts } from './ledger-fold.ts';
import { SUSPECT, type Tally } from './suspicion.ts';

/** What the screen knows of all logs when it has read them. */
export interface Sums {
  tally: Tally;
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
  /** Exactly what the check would say; undefined: to be made event by event all the same. */
  conclude(sums: Sums): Conclusion | undefined;
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
  'log/corruption': {
    suspectedBy: 0,
    conclude: ({ tally: { events, blank } }) => ({
      checked: events,
      skipped: { 'the line is blank': blank },
    }),
  },
};
