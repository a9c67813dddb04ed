import type { Report } from '../../model/verify-report.ts';
import { CHECKS } from '../checks/catalogue.ts';
import type { CheckCard } from '../contract.ts';
import { HISTORY_CHECKS } from '../history/catalogue.ts';
import type { Rendering } from '../report/human.ts';
import { LogWriter, type StoredEvent } from './log-writer.ts';

const ALL: readonly CheckCard[] = [...CHECKS, ...HISTORY_CHECKS];

/** A report as reporters are handed it. */
export function renderingOf(report: Report, more: Partial<Rendering> = {}): Rendering {
  return {
    report,
    sources: ['log.ndjson'],
    leftOut: [],
    reads: new Map(ALL.map(({ id, reads }) => [id, reads])),
    show: 'fields',
    cards: new Map(ALL.map((check) => [check.id, check])),
    version: '1.2.3',
    ...more,
  };
}

/** The event of a transaction that lacks a unit. */
export function unbalanced(id: string, more: object = {}): StoredEvent[] {
  const writer = new LogWriter();
  const postings = [
    { accountId: 'a', direction: 'debit', amount: 5, currency: 'EUR' },
    { accountId: 'b', direction: 'credit', amount: 4, currency: 'EUR' },
  ];
  writer.append('s', 'ledger.transaction-posted', { transactionId: id, postings, ...more });
  return writer.events;
}
