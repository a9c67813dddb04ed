import { formatMoney } from '../../model/money.ts';
import type { Check, Proof } from '../contract.ts';
import type { TransactionFact } from '../facts.ts';
import { counted } from '../../kernel/counted.ts';
import { nameOf, quoted } from '../naming.ts';
import { POSTING_PATHS } from '../vocabulary/paths.ts';
import { defineCheck } from './define.ts';

export const ledgerBalanced: Check = defineCheck({
  id: 'ledger/balanced',
  title: 'Debits equal credits in every transaction and currency',
  severity: 'critical',
  scope: 'all',
  needs: ['transaction', 'unusable'],
  isKeyed: false,
  unit: 'transactions',
  reads: ['data.transactionId', ...POSTING_PATHS],
  implies: ['ledger/limits', 'ledger/refunds'],
  about: {
    proves:
      'The postings of every transaction sum to zero in each of its currencies, are at least two, and no account stands on both sides in one currency. Sums are exact integers of any size.',
    skips: 'Transactions of which an amount or member cannot be read.',
    notFooledBy:
      'An exchange through a liquidity account, balanced in each currency; a transaction split over several events that follow each other.',
  },
  start: (evidence) => ({
    take: (fact) => {
      if (fact.kind === 'transaction') {
        evidence.checked();
        for (const fault of faultsOf(fact)) evidence.found(proofOf(fact, fault));
      } else if (fact.what === 'transaction') {
        evidence.skipped('the transaction could not be read');
      }
    },
  }),
});

interface Fault {
  expected: string;
  actual: string;
}

function* faultsOf({ postings, totals }: TransactionFact): Generator<Fault> {
  if (postings.length < 2) {
    yield { expected: 'at least two postings', actual: counted(postings.length, 'postings') };
  }
  for (const [currency, { debit, credit }] of totals) {
    if (debit === credit) continue;
    const [debits, credits] = [debit, credit].map((amount) => formatMoney({ amount, currency }));
    yield {
      expected: `debits equal to credits in ${currency}`,
      actual: `debits of ${debits} and credits of ${credits}`,
    };
  }
  yield* bothSides(postings);
}

function* bothSides(postings: TransactionFact['postings']): Generator<Fault> {
  const sides = new Map<string, string>();
  const reported = new Set<string>();
  for (const { accountId, currency, direction } of postings) {
    const key = `${currency} ${accountId}`;
    const side = sides.get(key) ?? direction;
    sides.set(key, side);
    if (side === direction || reported.has(key)) continue;
    reported.add(key);
    yield {
      expected: 'each account on one side',
      actual: `account ${quoted(accountId)} debited and credited in ${quoted(currency)}`,
    };
  }
}

function proofOf({ event, events, transactionId }: TransactionFact, fault: Fault): Proof {
  return {
    message: `transaction ${quoted(transactionId)} of ${nameOf(event)}: expected ${fault.expected}, found ${fault.actual}`,
    ...fault,
    events: events.map(({ at }) => at),
    keys: [event.source ?? '', transactionId, fault.expected],
  };
}
