import { ACCOUNT_KINDS } from '../../../model/ledger.ts';
import type { AccountFact } from '../../facts.ts';
import { compileKeys, type MappedKeys } from '../fact-keys.ts';
import { type CompileFact, pathsOf } from '../fact-reader.ts';
import type { RecordReader } from '../record-reader.ts';

const STEPS = [
  'opened',
  'frozen',
  'unfrozen',
  'closed',
] as const satisfies readonly AccountFact['step'][];

/** `accountState: { id, step, kind, currency, overdraft }`. */
export const compileAccount: CompileFact = (place, { accountState }) => {
  if (accountState === undefined) return undefined;
  const keys = compileKeys(place.in('accountState'), accountState, {
    required: ['id', 'step'],
    optional: ['kind', 'currency', 'overdraft'],
    words: { step: STEPS, kind: ACCOUNT_KINDS },
  });
  if (keys === undefined) return undefined;
  return { what: 'account', paths: pathsOf(keys), read: (record) => readAccount(record, keys) };
};

type Keys = MappedKeys<'id' | 'step', 'kind' | 'currency' | 'overdraft'>;

function readAccount(record: RecordReader, keys: Keys): AccountFact {
  const scope = record.root;
  const step = record.oneOf(keys.step, scope, STEPS) ?? 'frozen';
  const accountId = record.text(keys.id, scope);
  const account = { kind: 'account' as const, event: record.event, step, accountId };
  if (step !== 'opened') return account;
  const currency = keys.currency && record.currency(keys.currency, scope);
  if (currency !== undefined) record.stateCurrency('the currency of the account', currency);
  return {
    ...account,
    ...(currency !== undefined && { currency: currency.code }),
    accountKind: record.optionalOneOf(keys.kind, scope, ACCOUNT_KINDS),
    overdraft: record.optionalAmount(keys.overdraft, { scope, currency }),
  };
}
