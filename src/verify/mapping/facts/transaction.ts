import { totalsByCurrency } from '../../../model/ledger.ts';
import type { MapEntry, Value } from '../../../model/verify-config.ts';
import type { ConfigPlace } from '../config-place.ts';
import { type CompileFact, type FactReader, pathsOf } from '../fact-reader.ts';
import type { RecordReader } from '../record-reader.ts';
import { compileValue, type MappedValue } from '../value.ts';
import { compileLegs, compilePostings } from './postings.ts';

const LINKS = ['key', 'hold', 'payment', 'reverses'] as const;
type Links = Partial<Record<(typeof LINKS)[number], MappedValue>>;

/** `transaction` with its `postings`, and what it belongs to. */
export const compileTransaction: CompileFact = (place, entry) => {
  const { transaction, postings } = entry;
  if (transaction === undefined && postings === undefined) return undefined;
  if (transaction === undefined)
    return refuse(place, '`postings` need a `transaction` beside them');
  if (postings === undefined) return refuse(place, '`transaction` needs its `postings`');
  const id = compileValue(place.in('transaction'), transaction);
  const legs = compilePostings(place.in('postings'), postings);
  const links = compileLinks(place, entry);
  if (id === undefined || legs === undefined) return undefined;
  return {
    what: 'transaction',
    paths: [...legs.paths, ...pathsOf({ id, ...links })],
    read: (record) => {
      const read = legs.read(record, record.root);
      return {
        kind: 'transaction',
        event: record.event,
        events: [record.event],
        transactionId: record.text(id, record.root),
        postings: read,
        totals: totalsByCurrency(read),
        ...readLinks(record, links),
      };
    },
  };
};

/** `posting`: one row of a transaction. */
export const compileRow: CompileFact = (place, entry) => {
  if (entry.posting === undefined) return undefined;
  const { transaction, ...rule } = entry.posting;
  const inside = place.in('posting');
  if (transaction === undefined) return refuse(inside, 'transaction is missing');
  const id = compileValue(inside.in('transaction'), transaction);
  const legs = compileLegs(inside, rule);
  const links = compileLinks(place, entry);
  if (id === undefined || legs === undefined) return undefined;
  return {
    what: 'transaction',
    paths: [...legs.paths, ...pathsOf({ id, ...links })],
    read: (record) => ({
      kind: 'row',
      event: record.event,
      transactionId: record.text(id, record.root),
      postings: legs.read(record, record.root),
      ...readLinks(record, links),
    }),
  };
};

function compileLinks(place: ConfigPlace, entry: MapEntry): Links {
  const links: Links = {};
  for (const name of LINKS) {
    const value = entry[name];
    if (value === undefined || isFact(value)) continue;
    const compiled = compileValue(place.in(name), value);
    if (compiled !== undefined) links[name] = compiled;
  }
  return links;
}

/** `hold` and `payment` are facts of their own where they say a step or an effect. */
function isFact(value: Value | Record<string, Value>): value is Record<string, Value> {
  return typeof value === 'object' && ('step' in value || 'effect' in value);
}

function readLinks(record: RecordReader, { key, hold, payment, reverses }: Links) {
  const scope = record.root;
  return {
    idempotencyKey: record.optionalText(key, scope) ?? record.event.idempotencyKey,
    holdId: record.optionalText(hold, scope),
    paymentId: record.optionalText(payment, scope),
    reverses: record.optionalText(reverses, scope),
  };
}

function refuse(place: ConfigPlace, message: string): FactReader | undefined {
  place.refuse(message);
  return undefined;
}
