import type { MovementFact, StatementFact } from '../../facts.ts';
import { compileKeys, type MappedKeys } from '../fact-keys.ts';
import { type CompileFact, pathsOf } from '../fact-reader.ts';
import type { RecordReader } from '../record-reader.ts';

/** `movement: { account, amount, currency, balanceAfter, at, statement }`. */
export const compileMovement: CompileFact = (place, { movement }) => {
  if (movement === undefined) return undefined;
  const keys = compileKeys(place.in('movement'), movement, {
    required: ['account', 'amount', 'currency'],
    optional: ['balanceAfter', 'at', 'statement'],
  });
  if (keys === undefined) return undefined;
  return { what: 'movement', paths: pathsOf(keys), read: (record) => readMovement(record, keys) };
};

/** `statement: { id, account, currency, opening, closing, entries, credits, debits }`. */
export const compileStatement: CompileFact = (place, { statement }) => {
  if (statement === undefined) return undefined;
  const keys = compileKeys(place.in('statement'), statement, {
    required: ['id', 'account', 'currency', 'opening', 'closing'],
    optional: ['entries', 'credits', 'debits'],
  });
  if (keys === undefined) return undefined;
  return { what: 'statement', paths: pathsOf(keys), read: (record) => readStatement(record, keys) };
};

function readMovement(
  record: RecordReader,
  keys: MappedKeys<'account' | 'amount' | 'currency', 'balanceAfter' | 'at' | 'statement'>,
): MovementFact {
  const scope = record.root;
  const currency = record.currency(keys.currency, scope);
  const money = { scope, currency, signed: true };
  return {
    kind: 'movement',
    event: record.event,
    accountId: record.text(keys.account, scope),
    amount: record.amount(keys.amount, money),
    currency: currency.code,
    balanceAfter: record.optionalAmount(keys.balanceAfter, money),
    at: record.optionalInstant(keys.at, scope),
    statementId: record.optionalText(keys.statement, scope),
  };
}

type StatementKeys = MappedKeys<
  'id' | 'account' | 'currency' | 'opening' | 'closing',
  'entries' | 'credits' | 'debits'
>;

function readStatement(record: RecordReader, keys: StatementKeys): StatementFact {
  const scope = record.root;
  const currency = record.currency(keys.currency, scope);
  const signed = { scope, currency, signed: true };
  return {
    kind: 'statement',
    event: record.event,
    statementId: record.text(keys.id, scope),
    accountId: record.text(keys.account, scope),
    currency: currency.code,
    opening: record.amount(keys.opening, signed),
    closing: record.amount(keys.closing, signed),
    entries: readCount(record, keys),
    credits: record.optionalAmount(keys.credits, { scope, currency }),
    debits: record.optionalAmount(keys.debits, { scope, currency }),
  };
}

function readCount(record: RecordReader, { entries }: StatementKeys): number | undefined {
  const text = record.optionalText(entries, record.root);
  if (text === undefined || /^\d{1,15}$/.test(text))
    return text === undefined ? text : Number(text);
  record.problem(`the number of entries is ${JSON.stringify(text.slice(0, 40))}, no count`);
  return undefined;
}
