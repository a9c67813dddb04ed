import { describe, expect, test } from 'vitest';
import type { EventFact } from '../facts.ts';
import { MAX_RECORDS_BETWEEN_ROWS, MAX_ROWS, PostingRows } from './posting-rows.ts';

/** What leaves, in order: a transaction as its id and number of postings, another fact as its kind. */
function run(records: readonly (string | undefined)[], broken?: number): string[] {
  const left: string[] = [];
  const rows = new PostingRows((fact) => {
    if (fact.kind === 'transaction') left.push(`${fact.transactionId} ${fact.postings.length}`);
    else if (fact.kind === 'unusable') left.push(`unusable ${fact.problems.join()}`);
    else left.push(fact.kind);
  });
  for (const [index, record] of records.entries()) {
    rows.startRecord();
    if (record === 'entry') rows.take({ kind: 'entry', event: {} as EventFact });
    else if (record !== undefined) rows.takeRow(rowOf(record, index), index === broken);
  }
  rows.end();
  return left;
}

function rowOf(transactionId: string, index: number) {
  return {
    kind: 'row' as const,
    event: { id: String(index) } as EventFact,
    transactionId,
    postings: [{ accountId: 'a', direction: 'debit' as const, amount: 1n, currency: 'EUR' }],
    idempotencyKey: undefined,
    holdId: undefined,
    paymentId: undefined,
    reverses: undefined,
  };
}

describe('rows of transactions', () => {
  test('that stand among each other are put together, in the order of their last rows', () => {
    expect(run(['t', 'u', 't', 'u', 'u', 't'])).toEqual(['u 3', 't 3']);
  });

  test('leave in their place among other facts', () => {
    expect(run(['t', 'entry', 't', 'entry', 'u'])).toEqual(['entry', 't 2', 'entry', 'u 1']);
  });

  test('may be as far apart as the limit allows, and no further', () => {
    const between = (count: number) => [
      't',
      ...Array.from({ length: count }, () => undefined),
      't',
    ];
    expect(run(between(MAX_RECORDS_BETWEEN_ROWS))).toEqual(['t 2']);
    expect(run(between(MAX_RECORDS_BETWEEN_ROWS + 1))).toEqual(['t 1', 't 1']);
  });

  test('are not judged where one of them could not be read', () => {
    expect(run(['t', 't', 'u'], 1)).toEqual(['unusable ', 'u 1']);
  });

  test('are as many as the limit allows, and no more', () => {
    const rows = (count: number) => Array.from({ length: count }, () => 't');
    expect(run(rows(MAX_ROWS))).toEqual([`t ${MAX_ROWS}`]);
    expect(run(rows(MAX_ROWS + 1))[0]).toBe(
      `unusable the transaction has more than ${MAX_ROWS} rows`,
    );
  });
});
