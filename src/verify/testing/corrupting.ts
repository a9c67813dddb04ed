import type { Random } from '../../kernel/random.ts';
import type { CheckSettings } from '../contract.ts';
import type { GeneratedLog } from './generate-log.ts';
import { ndjson, type StoredEvent } from './log-writer.ts';

/** A log with exactly one fault. */
export interface CorruptedLog {
  bytes: Buffer;
  /** The position a finding must name. */
  position: string;
  /** What the checks are told besides. */
  settings?: Partial<CheckSettings>;
  /** What a relay published of it: a second log. */
  published?: Buffer;
}

export type Corrupt = (log: GeneratedLog, random: Random) => CorruptedLog;

export interface TransactionData {
  postings: { accountId: string; direction: string; amount: unknown; currency: string }[];
}

export function inEvent(change: (event: StoredEvent) => void): Corrupt {
  return ({ writer }, random) => {
    const event = oneOf(writer.events.slice(1), random);
    const position = event.globalposition;
    change(event);
    return {
      bytes: ndjson(writer.events),
      position: event.globalposition === position ? position : event.globalposition,
    };
  };
}

export function inTransaction(change: (data: TransactionData) => void): Corrupt {
  return ({ writer }, random) => {
    const event = oneOf(transactionsOf(writer.events), random);
    change(event.data as unknown as TransactionData);
    return { bytes: ndjson(writer.events), position: event.globalposition };
  };
}

/** Breaks the text of one line; where it stands is then all a finding can say. */
export function inLine(change: (line: string) => string): Corrupt {
  return ({ writer }, random) => {
    const at = 1 + Math.floor(random.fraction() * (writer.events.length - 2));
    const lines = writer.events.map((event) => JSON.stringify(event));
    lines[at] = change(lines[at] ?? '');
    return { bytes: Buffer.from(`${lines.join('\n')}\n`), position: `line:${at + 1}` };
  };
}

export function appended(act: (log: GeneratedLog, random: Random) => StoredEvent): Corrupt {
  return (log, random) => {
    const { globalposition } = act(log, random);
    return { bytes: ndjson(log.writer.events), position: globalposition };
  };
}

interface Move {
  from: string;
  to: string;
  amount: number;
  currency: string;
}

export function post(
  writer: GeneratedLog['writer'],
  { from, to, amount, currency, ...more }: Move & Record<string, unknown>,
): StoredEvent {
  return writer.append('ledger-transaction-x', 'ledger.transaction-posted', {
    transactionId: 'txn_x',
    ...more,
    postings: [
      { accountId: from, direction: 'debit', amount, currency },
      { accountId: to, direction: 'credit', amount, currency },
    ],
  });
}

export function transactionsOf(events: readonly StoredEvent[]): StoredEvent[] {
  return events.filter(({ type }) => type.includes('transaction-posted'));
}

export function oneOf<T>(from: readonly T[], random: Random): T {
  const chosen = from[Math.floor(random.fraction() * from.length)];
  if (chosen === undefined) throw new Error('nothing to choose from');
  return chosen;
}
