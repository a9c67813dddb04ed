/** What makes the screen unsure, as bits. It says which checks must be made event by event. */
export const SUSPECT = {
  /** A line that is no plain event: unreadable, or without id, source or type. */
  line: 1,
  envelope: 2,
  identity: 4,
  revisions: 8,
  order: 16,
  /** An event of the vocabulary that does not say what it must, or not plainly. */
  vocabulary: 32,
  /** A transaction with an account on both sides. */
  sides: 64,
  effects: 128,
  accounts: 256,
  limits: 512,
  holds: 1024,
  /** Amounts of a hold and its transaction that are not plainly the same. */
  jumps: 2048,
  clock: 4096,
  secrets: 8192,
} as const;

/** What the screen counts. */
export interface Tally {
  lines: number;
  blank: number;
  events: number;
  withPosition: number;
  withRevision: number;
  /** Events of the vocabulary. */
  words: number;
  transactions: number;
  amounts: number;
  /** What `ledger/double-effect` calls effects. */
  effects: number;
  /** Events that have data, and a time of recording. */
  withData: number;
  withRecording: number;
  /** Events of payments, and transactions that name one. */
  payments: number;
  commands: number;
  /** Events that name their cause. */
  causes: number;
}

export function emptyTally(): Tally {
  return {
    lines: 0,
    blank: 0,
    events: 0,
    withPosition: 0,
    withRevision: 0,
    words: 0,
    transactions: 0,
    amounts: 0,
    effects: 0,
    withData: 0,
    withRecording: 0,
    payments: 0,
    commands: 0,
    causes: 0,
  };
}

export function addTally(sum: Tally, more: Tally): void {
  for (const name of Object.keys(sum) as (keyof Tally)[]) sum[name] += more[name];
}
