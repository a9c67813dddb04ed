import type { LedgerFact } from '../facts.ts';

type Readable = Exclude<LedgerFact, { kind: 'unusable' | 'amount' }>;

/**
 * The accounts whose balance an event may have changed that could not be read whole; undefined where
 * that is unsaid. What is missing in `fact` is an empty text.
 */
export function touchedAccounts(fact: Readable): readonly string[] | undefined {
  const named = namedAccounts(fact);
  return named.includes('') ? undefined : named;
}

function namedAccounts(fact: Readable): string[] {
  switch (fact.kind) {
    case 'account':
    case 'movement':
      return [fact.accountId];
    case 'transaction':
      return fact.postings.length === 0 ? [''] : fact.postings.map(({ accountId }) => accountId);
    case 'hold':
      return [fact.accountId ?? ''];
    default:
      return [];
  }
}
