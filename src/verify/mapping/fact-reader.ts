import type { MapEntry } from '../../model/verify-config.ts';
import type { EventFact, LedgerFact, UnusableFact } from '../facts.ts';
import type { Posting } from '../../model/ledger.ts';
import type { ConfigPlace } from './config-place.ts';
import type { Path } from './path.ts';
import type { RecordReader } from './record-reader.ts';
import type { MappedValue } from './value.ts';

/** One row of a transaction that has several, each with a posting or two. */
export interface RowFact {
  kind: 'row';
  event: EventFact;
  transactionId: string;
  postings: Posting[];
  idempotencyKey: string | undefined;
  holdId: string | undefined;
  paymentId: string | undefined;
  reverses: string | undefined;
}

export type MappedFact = Exclude<LedgerFact, { kind: 'unusable' | 'amount' }> | RowFact;

/** Makes one kind of fact of the records an entry matches. */
export interface FactReader {
  what: UnusableFact['what'];
  read(record: RecordReader): MappedFact;
  paths: readonly Path[];
}

/** @returns undefined where an entry makes no such fact, or is wrong, which is told at its place */
export type CompileFact = (place: ConfigPlace, entry: MapEntry) => FactReader | undefined;

/** The paths of all these values. */
export function pathsOf(values: Readonly<Record<string, MappedValue | undefined>>): Path[] {
  return Object.values(values).flatMap((value) => value?.paths ?? []);
}
