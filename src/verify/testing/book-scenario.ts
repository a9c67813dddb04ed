import type { CheckReport } from '../../model/verify-report.ts';
import { CHECKS } from '../checks/catalogue.ts';
import type { CheckSettings } from '../contract.ts';
import type { LogProfile } from '../facts.ts';
import { settingsBy } from '../settings.ts';
import { GAPLESS_LOG } from '../source/cloud-events.ts';
import { LogWriter, ndjson } from './log-writer.ts';
import { MOVEMENT_CONFIG, MOVEMENT_READING } from './movement-reading.ts';
import { inPartitions } from './partitions.ts';
import { memorySource, verifySources } from './verify-bytes.ts';

interface Stated {
  balance?: number | bigint;
  on?: string;
  statement?: string;
  currency?: string;
  /** `deposited` and `withdrawn` bring money in or take it out. */
  type?: string;
}

/** Writes single-entry books by what happens in them; EUR where no currency is said. */
export class BookScenario extends LogWriter {
  move(account: string, amount: number | bigint, stated: Stated = {}): this {
    const { balance, on, statement, currency = 'EUR', type = 'transferred' } = stated;
    this.append(`account-${account}`, `bank.${type}`, {
      account,
      amount: String(amount),
      currency,
      ...(balance !== undefined && { balance: String(balance) }),
      ...(on !== undefined && { bookedOn: on }),
      ...(statement !== undefined && { statement }),
    });
    return this;
  }

  /** A statement from one balance to another. */
  state(id: string, [opening, closing]: [number, number], more: object = {}): this {
    const data = { id, account: 'a', currency: 'EUR', opening, closing, ...more };
    this.append('statement', 'bank.statement-issued', data);
    return this;
  }
}

interface Circumstances {
  profile?: Partial<LogProfile>;
  settings?: Partial<CheckSettings>;
  /** The partition of each event. */
  partitions?: readonly string[];
}

/** What one check finds in books, as `<position>: <actual>`, and what it says of its work. */
export async function judgeBooks(
  check: string,
  books: LogWriter,
  { profile, settings, partitions }: Circumstances = {},
): Promise<{ found: string[]; said: CheckReport | undefined }> {
  const reading = { ...MOVEMENT_READING, profile: { ...GAPLESS_LOG, ...profile } };
  const source = { ...memorySource('books.ndjson', [ndjson(books.events)]), reading };
  const log = partitions === undefined ? source : inPartitions(source, partitions);
  const report = await verifySources([log], {
    checks: CHECKS.filter(({ id }) => id === check),
    settings: settingsBy(MOVEMENT_CONFIG, settings),
  });
  return {
    found: report.findings.map(({ actual, positions }) => `${positions.at(-1)}: ${actual}`),
    said: report.checks[0],
  };
}
