import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { available, type LedgerAccount } from '../src/domain/ledger-account.ts';
import { book, type Hold, type LedgerEvent, type Posting } from '../src/domain/ledger-fold.ts';

const MOST = Number.MAX_SAFE_INTEGER;

function booksOf(...events: LedgerEvent[]) {
  const accounts = new Map<string, LedgerAccount>();
  const holds = new Map<string, Hold>();
  const books = {
    ledgerAccount: (id: string) => accounts.get(id),
    hold: (id: string) => holds.get(id),
  };
  for (const event of events) {
    const { accounts: changed, placed, resolved } = book(books, event);
    for (const account of changed) accounts.set(account.accountId, account);
    if (placed) holds.set(placed.holdId, placed);
    if (resolved) holds.delete(resolved.holdId);
  }
  return books;
}

const opened = (accountId: string, rest: object = {}): LedgerEvent => {
  const data = { accountId, currency: 'EUR', kind: 'liability' as const, ...rest };
  return { type: 'account-opened', data };
};
const moved = (...postings: [string, Posting['direction'], number][]): LedgerEvent => {
  const all = postings.map(([accountId, direction, amount]) => ({ accountId, direction, amount }));
  return { type: 'transaction-posted', data: { postings: all } };
};
const held = (holdId: string, amount: number): LedgerEvent => {
  return { type: 'hold-placed', data: { holdId, accountId: 'alice', amount } };
};
const figures = (account: LedgerAccount | undefined) => {
  return account && [account.balance, account.held, available(account)];
};

const open = [opened('cash', { kind: 'asset' }), opened('alice')];

describe("balances from the ledger's events", () => {
  it('grow on the side that is normal for the kind of account', () => {
    const books = booksOf(...open, moved(['cash', 'debit', 70], ['alice', 'credit', 70]));
    assert.equal(books.ledgerAccount('cash')?.balance, 70);
    assert.equal(books.ledgerAccount('alice')?.balance, 70);
    const back = booksOf(...open, moved(['cash', 'credit', 7], ['alice', 'debit', 7]));
    assert.equal(back.ledgerAccount('cash')?.balance, -7);
    assert.equal(back.ledgerAccount('alice')?.balance, -7);
  });

  it('take all postings of a transaction, several on one account too', () => {
    const both = moved(['cash', 'debit', 5], ['alice', 'credit', 2], ['alice', 'credit', 3]);
    assert.equal(booksOf(...open, both).ledgerAccount('alice')?.balance, 5);
  });

  it('count what is held as spent, until the hold is over in whatever way', () => {
    const state = [
      ...open,
      moved(['cash', 'debit', 100], ['alice', 'credit', 100]),
      held('h1', 60),
      held('h2', 10),
    ];
    assert.deepEqual(figures(booksOf(...state).ledgerAccount('alice')), [100, 70, 30n]);
    for (const type of ['hold-posted', 'hold-voided', 'hold-expired'] as const) {
      const books = booksOf(...state, { type, data: { holdId: 'h1' } });
      assert.deepEqual(figures(books.ledgerAccount('alice')), [100, 10, 90n]);
      assert.equal(books.hold('h1'), undefined);
    }
  });

  it('follow the status of the account', () => {
    const status = (...types: ('account-frozen' | 'account-unfrozen' | 'account-closed')[]) =>
      booksOf(
        ...open,
        ...types.map((type): LedgerEvent => ({ type, data: { accountId: 'alice' } })),
      ).ledgerAccount('alice')?.status;
    assert.equal(status(), 'open');
    assert.equal(status('account-frozen'), 'frozen');
    assert.equal(status('account-frozen', 'account-unfrozen'), 'open');
    assert.equal(status('account-closed'), 'closed');
  });

  it('are exact up to 2^53 − 1, with an overdraft past it, and no further', () => {
    const full = [
      opened('cash', { kind: 'asset' }),
      opened('alice', { overdraft: MOST }),
      moved(['cash', 'debit', MOST], ['alice', 'credit', MOST]),
    ];
    const alice = booksOf(...full).ledgerAccount('alice');
    assert.deepEqual(figures(alice), [MOST, 0, 2n * BigInt(MOST)]);
    assert.throws(() => booksOf(...full, moved(['alice', 'credit', 1])), /2\^53/);
    assert.throws(() => booksOf(...full, held('h1', MOST), held('h2', 1)), /2\^53/);
  });

  it('do not invent what the log does not say', () => {
    assert.throws(() => booksOf(moved(['nobody', 'debit', 1])), /never opened/);
    assert.throws(() => booksOf({ type: 'hold-voided', data: { holdId: 'none' } }), /not pending/);
    assert.throws(
      () => booksOf({ type: 'account-frozen', data: { accountId: 'alice' } }),
      /never opened/,
    );
  });
});
