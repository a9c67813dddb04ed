import type { JsonNode } from '../../../kernel/json-text.ts';
import { type Direction, DIRECTIONS, type Posting } from '../../../model/ledger.ts';
import type { MapEntry, Value } from '../../../model/verify-config.ts';
import type { ConfigPlace } from '../config-place.ts';
import { compileKeys, type MappedKeys } from '../fact-keys.ts';
import { pathsOf } from '../fact-reader.ts';
import type { WrittenCurrency } from '../money-rules.ts';
import type { Path } from '../path.ts';
import type { RecordReader } from '../record-reader.ts';
import type { Scope } from '../scope.ts';
import { compileValue, type MappedValue } from '../value.ts';

/** Reads the postings of one transaction, or of one row of it. */
export interface PostingsReader {
  read(record: RecordReader, scope: Scope): Posting[];
  paths: readonly Path[];
}

/** `postings`, as one rule or a list of them. @returns undefined where it is wrong, told at its place */
export function compilePostings(
  place: ConfigPlace,
  postings: NonNullable<MapEntry['postings']>,
): PostingsReader | undefined {
  if (!Array.isArray(postings)) return compileRule(place, postings);
  const rules = postings.flatMap((rule, index) => compileRule(place.in(index), rule) ?? []);
  if (rules.length < postings.length) return undefined;
  return {
    paths: rules.flatMap(({ paths }) => paths),
    read: (record, scope) => rules.flatMap((rule) => rule.read(record, scope)),
  };
}

function compileRule(
  place: ConfigPlace,
  { each, ...rule }: Readonly<Record<string, Value>>,
): PostingsReader | undefined {
  const legs = compileLegs(place, rule);
  if (each === undefined || legs === undefined) return legs;
  const list = compileValue(place.in('each'), each);
  if (list === undefined) return undefined;
  return {
    // Not the list itself: what else its elements hold is nobody's business.
    paths: list.paths.flatMap((prefix) => legs.paths.map((path) => behind(prefix, path))),
    read: (record, scope) => readEach(record, { scope, list, legs }),
  };
}

/** Where a path of an element stands in the record; lists are looked through. */
function behind(prefix: Path, path: Path): Path {
  if (path.fromRecord) return path;
  return { ...path, segments: [...prefix.segments, ...path.segments] };
}

function readEach(
  record: RecordReader,
  { scope, list, legs }: { scope: Scope; list: MappedValue; legs: PostingsReader },
): Posting[] {
  const found = record.node(list, scope, false);
  if (found === undefined) return [];
  const { node, path } = found;
  if (node.kind !== 'array') {
    record.problem(`${path} is no list`);
    return [];
  }
  return node.items.flatMap((element: JsonNode, index) =>
    legs.read(record, { record: scope.record, element, elementPath: `${path}[${index}]` }),
  );
}

/** The keys of one posting, or of the two of `from` and `to`. */
export function compileLegs(
  place: ConfigPlace,
  rule: Readonly<Record<string, Value>>,
): PostingsReader | undefined {
  if (rule['from'] !== undefined || rule['to'] !== undefined) return compilePair(place, rule);
  if (rule['debit'] !== undefined || rule['credit'] !== undefined) return compileSides(place, rule);
  const keys = compileKeys(place, rule, {
    required: ['account', 'amount', 'currency'],
    optional: ['direction'],
    words: { direction: DIRECTIONS },
  });
  return keys && { paths: pathsOf(keys), read: (record, scope) => readLeg(record, scope, keys) };
}

function readLeg(
  record: RecordReader,
  scope: Scope,
  keys: MappedKeys<'account' | 'amount' | 'currency', 'direction'>,
): Posting[] {
  const currency = record.currency(keys.currency, scope);
  const { direction } = keys;
  // A leg whose amount may be missing, such as a fee, is not there without it.
  const read = keys.amount.optional ? 'optionalAmount' : 'amount';
  const amount = record[read](keys.amount, { scope, currency, signed: direction === undefined });
  if (amount === undefined) return [];
  const accountId = record.text(keys.account, scope);
  if (direction === undefined) return [signed({ accountId, amount, currency })];
  const side = record.oneOf(direction, scope, DIRECTIONS) ?? 'debit';
  return [{ accountId, direction: side, amount, currency: currency.code }];
}

/** Without a direction, what is above zero is a debit. */
function signed(leg: { accountId: string; amount: bigint; currency: WrittenCurrency }): Posting {
  const { accountId, amount, currency } = leg;
  const direction: Direction = amount < 0n ? 'credit' : 'debit';
  return { accountId, direction, amount: amount < 0n ? -amount : amount, currency: currency.code };
}

/** As the books of customers have it, which are liabilities: `from` is debited, `to` credited. */
function compilePair(
  place: ConfigPlace,
  rule: Readonly<Record<string, Value>>,
): PostingsReader | undefined {
  const keys = compileKeys(place, rule, {
    required: ['from', 'to', 'amount', 'currency'],
    optional: [],
  });
  if (keys === undefined) return undefined;
  return {
    paths: pathsOf(keys),
    read: (record, scope) => {
      const currency = record.currency(keys.currency, scope);
      const leg = {
        amount: record.amount(keys.amount, { scope, currency }),
        currency: currency.code,
      };
      return [
        { accountId: record.text(keys.from, scope), direction: 'debit', ...leg },
        { accountId: record.text(keys.to, scope), direction: 'credit', ...leg },
      ];
    },
  };
}

/** A column for each side, of which a row fills one. */
function compileSides(
  place: ConfigPlace,
  rule: Readonly<Record<string, Value>>,
): PostingsReader | undefined {
  const keys = compileKeys(place, rule, {
    required: ['account', 'currency', 'debit', 'credit'],
    optional: [],
  });
  if (keys === undefined) return undefined;
  const { debit, credit } = keys;
  return {
    paths: pathsOf(keys),
    read: (record, scope) => {
      const currency = record.currency(keys.currency, scope);
      const accountId = record.text(keys.account, scope);
      const leg = { accountId, currency: currency.code };
      const [debits, credits] = [debit, credit].map((value) =>
        record.optionalAmount({ ...value, optional: true }, { scope, currency }),
      );
      if (debits !== undefined && credits !== undefined && debits !== 0n && credits !== 0n) {
        record.problem('the row has a debit and a credit');
      }
      if (debits === undefined && credits === undefined && record.isWhole) {
        record.problem('the row has neither a debit nor a credit');
      }
      return (credits ?? 0n) === 0n
        ? [{ ...leg, direction: 'debit', amount: debits ?? 0n }]
        : [{ ...leg, direction: 'credit', amount: credits ?? 0n }];
    },
  };
}
