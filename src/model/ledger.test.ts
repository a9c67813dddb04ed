import { expect, test } from 'vitest';
import {
  isBalanced as hasBalance,
  isLimited,
  normalSide,
  type Posting,
  signedAmount,
  totalsByCurrency,
} from './ledger.ts';

const posting = (direction: Posting['direction'], amount: bigint, currency = 'EUR'): Posting => ({
  accountId: 'a',
  direction,
  amount,
  currency,
});

const isBalanced = (postings: Posting[]) => hasBalance(totalsByCurrency(postings));

test('assets and expenses grow by debits, the rest by credits', () => {
  expect(['asset', 'expense'].map((kind) => normalSide(kind as 'asset'))).toEqual([
    'debit',
    'debit',
  ]);
  expect((['liability', 'equity', 'income'] as const).map(normalSide)).toEqual([
    'credit',
    'credit',
    'credit',
  ]);
});

test('only assets and liabilities are held above zero', () => {
  expect(
    (['asset', 'liability', 'equity', 'income', 'expense'] as const).filter(isLimited),
  ).toEqual(['asset', 'liability']);
});

test('a posting on the other side takes away', () => {
  expect(signedAmount(posting('debit', 5n), 'debit')).toBe(5n);
  expect(signedAmount(posting('debit', 5n), 'credit')).toBe(-5n);
});

test('balance is kept in each currency on its own', () => {
  expect(isBalanced([posting('debit', 5n), posting('credit', 5n)])).toBe(true);
  expect(isBalanced([posting('debit', 5n), posting('credit', 5n, 'USD')])).toBe(false);
  const beyondFloats = 2n ** 60n;
  expect(isBalanced([posting('debit', beyondFloats), posting('credit', beyondFloats + 1n)])).toBe(
    false,
  );
});
