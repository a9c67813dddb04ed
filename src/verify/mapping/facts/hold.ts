import type { HoldStep } from '../../../model/ledger.ts';
import type { HoldFact } from '../../facts.ts';
import { compileKeys, type MappedKeys } from '../fact-keys.ts';
import { type CompileFact, pathsOf } from '../fact-reader.ts';
import type { RecordReader } from '../record-reader.ts';

const STEPS = ['placed', 'posted', 'voided', 'expired'] as const satisfies readonly HoldStep[];

/** `hold: { id, step, … }`. A text as `hold` is which hold a transaction resolves. */
export const compileHold: CompileFact = (place, { hold }) => {
  if (hold === undefined || typeof hold === 'string' || !('step' in hold)) return undefined;
  const keys = compileKeys(place.in('hold'), hold as Record<string, never>, {
    required: ['id', 'step'],
    optional: ['account', 'amount', 'currency', 'expiresAt', 'transaction'],
    words: { step: STEPS },
  });
  if (keys === undefined) return undefined;
  return { what: 'hold', paths: pathsOf(keys), read: (record) => readHold(record, keys) };
};

type Keys = MappedKeys<
  'id' | 'step',
  'account' | 'amount' | 'currency' | 'expiresAt' | 'transaction'
>;

function readHold(record: RecordReader, keys: Keys): HoldFact {
  const scope = record.root;
  const step = record.oneOf(keys.step, scope, STEPS) ?? 'placed';
  const hold = {
    kind: 'hold' as const,
    event: record.event,
    step,
    holdId: record.text(keys.id, scope),
  };
  if (step === 'placed') return { ...hold, ...readPlacing(record, keys) };
  if (step !== 'posted') return hold;
  const currency = keys.currency && record.currency(keys.currency, scope);
  return {
    ...hold,
    amount: record.optionalAmount(keys.amount, { scope, currency }),
    transactionId: record.optionalText(keys.transaction, scope),
  };
}

function readPlacing(
  record: RecordReader,
  { account, amount, currency, expiresAt }: Keys,
): Partial<HoldFact> {
  const scope = record.root;
  if (account === undefined || amount === undefined || currency === undefined) {
    record.problem('the map gives a hold that is placed no account, amount and currency');
    return {};
  }
  const written = record.currency(currency, scope);
  return {
    accountId: record.text(account, scope),
    amount: record.amount(amount, { scope, currency: written }),
    currency: written.code,
    expiresAt: record.optionalInstant(expiresAt, scope),
  };
}
