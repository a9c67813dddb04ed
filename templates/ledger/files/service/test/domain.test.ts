import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Books, booksAfter, emptyBooks } from '../src/domain/books.ts';
import { closeAccount, freezeAccount, openAccount } from '../src/domain/decide-account.ts';
import { expireHold, placeHold, postHold, voidHold } from '../src/domain/decide-hold.ts';
import { postTransaction } from '../src/domain/decide-transaction.ts';
import type { Decision } from '../src/domain/decision.ts';
import type { Direction, LedgerEvent, Posting } from '../src/domain/events.ts';

const NOW = Date.parse('2027-01-01T00:00:00Z');
const MOST = Number.MAX_SAFE_INTEGER;

function given(...events: LedgerEvent[]) {
  const books = booksAfter(emptyBooks, events);
  return {
    when: (decide: (books: Books) => Decision) => {
      const decision = decide(books);
      return {
        gives: (...expected: string[]) => {
          const { outcome } = decision;
          assert.equal(outcome, 'accepted', JSON.stringify(decision));
          if (outcome === 'accepted') assert.deepEqual(decision.events.map(sentence), expected);
        },
        refused: (code: string) => {
          assert.equal(decision.outcome === 'refused' && decision.refusal.code, code);
        },
        known: () => assert.equal(decision.outcome, 'known'),
      };
    },
  };
}

/** An event in a few words, so that a test reads as one. */
function sentence({ type, data }: LedgerEvent): string {
  switch (type) {
    case 'transaction-posted':
      return `${type} ${data.transactionId}: ${data.postings.map(side).join(', ')}`;
    case 'account-entered':
      return `${type} ${data.accountId} by ${data.transactionId ?? data.holdId}`;
    case 'hold-posted':
      return `${type} ${data.holdId}: ${data.amount} by ${data.transactionId}`;
    default:
      return `${type} ${'holdId' in data ? data.holdId : data.accountId}`;
  }
}

function side({ accountId, direction, amount, currency }: Posting): string {
  return `${direction} ${accountId} ${amount} ${currency}`;
}

function posting(accountId: string, direction: Direction, amount: number): Posting {
  return { accountId, direction, amount, currency: 'EUR' };
}

function opened(accountId: string, rest: object = {}): LedgerEvent {
  const data = { accountId, currency: 'EUR', kind: 'liability' as const, ...rest };
  return { type: 'account-opened', data };
}

const transfer = (
  transactionId: string,
  amount: number,
  way: [string, string] = ['alice', 'bob'],
) => ({
  transactionId,
  postings: [posting(way[0], 'debit', amount), posting(way[1], 'credit', amount)],
});

function posted(
  transactionId: string,
  amount: number,
  way: [string, string] = ['capital', 'alice'],
): LedgerEvent {
  return { type: 'transaction-posted', data: transfer(transactionId, amount, way) };
}

const hold = (amount: number, rest: object = {}) => {
  return { holdId: 'h1', accountId: 'alice', amount, currency: 'EUR', ...rest };
};

const held = (amount: number, rest: object = {}): LedgerEvent => {
  return { type: 'hold-placed', data: hold(amount, rest) };
};

const open = [opened('capital', { kind: 'equity' }), opened('alice'), opened('bob')];
const funded = [...open, posted('t0', 100)];

describe('opening an account', () => {
  const eur = { accountId: 'alice', currency: 'EUR', kind: 'liability' } as const;

  it('opens one', () =>
    given()
      .when((b) => openAccount(b, eur))
      .gives('account-opened alice'));

  it('knows one that is the same', () =>
    given(...open)
      .when((b) => openAccount(b, eur))
      .known());

  it('refuses an id that another account has', () => {
    given(...open)
      .when((b) => openAccount(b, { ...eur, currency: 'USD' }))
      .refused('account-exists');
    given(...open)
      .when((b) => openAccount(b, { ...eur, overdraft: 1 }))
      .refused('account-exists');
  });
});

describe('freezing and closing', () => {
  const frozen: LedgerEvent = { type: 'account-frozen', data: { accountId: 'alice' } };

  it('closes an empty account only', () => {
    given(...open)
      .when((b) => closeAccount(b, 'alice'))
      .gives('account-closed alice');
    given(...funded)
      .when((b) => closeAccount(b, 'alice'))
      .refused('account-not-empty');
  });

  it('moves and reserves nothing on a frozen account', () => {
    const state = [...funded, frozen];
    given(...state)
      .when((b) => postTransaction(b, transfer('t1', 1)))
      .refused('account-frozen');
    given(...state)
      .when((b) => placeHold(b, hold(1), NOW))
      .refused('account-frozen');
    given(...state)
      .when((b) => freezeAccount(b, 'alice'))
      .refused('account-frozen');
  });

  it('moves nothing on a closed account', () => {
    const closed: LedgerEvent = { type: 'account-closed', data: { accountId: 'bob' } };
    given(...funded, closed)
      .when((b) => postTransaction(b, transfer('t1', 1)))
      .refused('account-closed');
  });
});

describe('posting a transaction', () => {
  it('posts it and enters it into the stream of each account, once', () => {
    given(...funded)
      .when((b) =>
        postTransaction(b, {
          transactionId: 't1',
          postings: [
            posting('alice', 'debit', 30),
            posting('bob', 'credit', 20),
            posting('bob', 'credit', 10),
          ],
        }),
      )
      .gives(
        'transaction-posted t1: debit alice 30 EUR, credit bob 20 EUR, credit bob 10 EUR',
        'account-entered alice by t1',
        'account-entered bob by t1',
      );
  });

  it('spends the last cent and not one more', () => {
    given(...funded)
      .when((b) => postTransaction(b, transfer('t1', 100)))
      .gives(
        'transaction-posted t1: debit alice 100 EUR, credit bob 100 EUR',
        'account-entered alice by t1',
        'account-entered bob by t1',
      );
    given(...funded)
      .when((b) => postTransaction(b, transfer('t1', 101)))
      .refused('insufficient-funds');
  });

  it('goes as far below zero as the overdraft, counting what is held as spent', () => {
    const state = [opened('capital', { kind: 'equity' }), opened('alice', { overdraft: 50 })];
    given(...state, opened('bob'), held(20))
      .when((b) => postTransaction(b, transfer('t1', 31)))
      .refused('insufficient-funds');
    given(...state, opened('bob'), held(20))
      .when((b) => postTransaction(b, transfer('t1', 30)))
      .gives(
        'transaction-posted t1: debit alice 30 EUR, credit bob 30 EUR',
        'account-entered alice by t1',
        'account-entered bob by t1',
      );
  });

  it('keeps debits equal to credits in each currency', () => {
    const lame = (postings: Posting[]) => ({ transactionId: 't1', postings });
    const off = [posting('alice', 'debit', 2), posting('bob', 'credit', 1)];
    given(...funded)
      .when((b) => postTransaction(b, lame(off)))
      .refused('unbalanced');
    const single = [posting('alice', 'debit', 1)];
    given(...funded)
      .when((b) => postTransaction(b, lame(single)))
      .refused('unbalanced');
    const mixed = [
      posting('alice', 'debit', 1),
      { ...posting('bob', 'credit', 1), currency: 'USD' },
    ];
    given(...funded)
      .when((b) => postTransaction(b, lame(mixed)))
      .refused('unbalanced');
  });

  it('adds sums exactly even past 2^53', () => {
    const postings = [
      posting('capital', 'debit', MOST),
      posting('cash', 'debit', 2),
      posting('alice', 'credit', MOST),
      posting('bob', 'credit', 1),
    ];
    given(...open, opened('cash', { kind: 'asset' }))
      .when((b) => postTransaction(b, { transactionId: 't1', postings }))
      .refused('unbalanced');
  });

  it('refuses both sides on one account, another currency and a balance that is not exact', () => {
    const both = [posting('alice', 'debit', 1), posting('alice', 'credit', 1)];
    given(...funded)
      .when((b) => postTransaction(b, { transactionId: 't1', postings: both }))
      .refused('same-account-on-both-sides');
    given(...open, opened('dora', { currency: 'USD' }))
      .when((b) => postTransaction(b, transfer('t1', 1, ['capital', 'dora'])))
      .refused('currency-mismatch');
    given(...funded)
      .when((b) => postTransaction(b, transfer('t1', MOST, ['capital', 'alice'])))
      .refused('limit-exceeded');
  });

  it('knows the same transaction again and refuses another with its id', () => {
    given(...funded, posted('t1', 5, ['alice', 'bob']))
      .when((b) => postTransaction(b, transfer('t1', 5)))
      .known();
    given(...funded, posted('t1', 5, ['alice', 'bob']))
      .when((b) => postTransaction(b, transfer('t1', 6)))
      .refused('transaction-exists');
  });

  it('reverses a transaction by its mirror image, once', () => {
    const state = [...funded, posted('t1', 5, ['alice', 'bob'])];
    const back = { ...transfer('r1', 5, ['bob', 'alice']), reverses: 't1' };
    const reversed: LedgerEvent = { type: 'transaction-posted', data: back };
    given(...state)
      .when((b) => postTransaction(b, back))
      .gives(
        'transaction-posted r1: debit bob 5 EUR, credit alice 5 EUR',
        'account-entered bob by r1',
        'account-entered alice by r1',
      );
    given(...state)
      .when((b) => postTransaction(b, { ...back, ...transfer('r1', 4, ['bob', 'alice']) }))
      .refused('reversal-mismatch');
    given(...state, reversed)
      .when((b) => postTransaction(b, { ...back, transactionId: 'r2' }))
      .refused('already-reversed');
    given(...state)
      .when((b) => postTransaction(b, { ...back, reverses: 'nix' }))
      .refused('transaction-unknown');
  });
});

describe('holds', () => {
  it('reserves what is there and not more', () => {
    given(...funded)
      .when((b) => placeHold(b, hold(100), NOW))
      .gives('hold-placed h1', 'account-entered alice by h1');
    given(...funded)
      .when((b) => placeHold(b, hold(101), NOW))
      .refused('insufficient-funds');
    given(...funded, held(60))
      .when((b) => postTransaction(b, transfer('t1', 41)))
      .refused('insufficient-funds');
  });

  it('releases before it moves, so that nothing counts twice', () => {
    given(...funded, held(100))
      .when((b) => postHold(b, { holdId: 'h1', transactionId: 't1', toAccountId: 'bob' }, NOW))
      .gives(
        'hold-posted h1: 100 by t1',
        'transaction-posted t1: debit alice 100 EUR, credit bob 100 EUR',
        'account-entered alice by t1',
        'account-entered bob by t1',
      );
  });

  it('spends an asset account by crediting it', () => {
    const cash = opened('cash', { kind: 'asset' });
    const wanted = { holdId: 'h1', transactionId: 't1', toAccountId: 'alice' };
    const filled = posted('t9', 9, ['cash', 'capital']);
    given(...funded, cash, filled, held(5, { accountId: 'cash' }))
      .when((b) => postHold(b, wanted, NOW))
      .gives(
        'hold-posted h1: 5 by t1',
        'transaction-posted t1: credit cash 5 EUR, debit alice 5 EUR',
        'account-entered cash by t1',
        'account-entered alice by t1',
      );
  });

  it('takes part of it, never more, and never after it has ended', () => {
    const part = { holdId: 'h1', transactionId: 't1', toAccountId: 'bob', amount: 61 };
    given(...funded, held(60))
      .when((b) => postHold(b, part, NOW))
      .refused('hold-exceeded');
    const until = held(61, { expiresAt: '2027-01-01T00:00:00Z' });
    given(...funded, until)
      .when((b) => postHold(b, part, NOW))
      .refused('hold-expired');
    const voided: LedgerEvent = { type: 'hold-voided', data: { holdId: 'h1' } };
    given(...funded, held(61), voided)
      .when((b) => postHold(b, part, NOW))
      .refused('hold-resolved');
    given(...funded, held(61), voided)
      .when((b) => voidHold(b, 'h1'))
      .refused('hold-resolved');
    given(...funded, held(61), voided)
      .when((b) => expireHold(b, 'h1'))
      .refused('hold-resolved');
  });

  it('frees what is voided', () => {
    const voided: LedgerEvent = { type: 'hold-voided', data: { holdId: 'h1' } };
    given(...funded, held(100))
      .when((b) => voidHold(b, 'h1'))
      .gives('hold-voided h1', 'account-entered alice by h1');
    assert.equal(booksAfter(emptyBooks, [...funded, held(100), voided]).account('alice')?.held, 0);
  });

  it('refuses one that would end before it began', () => {
    given(...funded)
      .when((b) => placeHold(b, hold(1, { expiresAt: '2026-12-31T00:00:00Z' }), NOW))
      .refused('expiry-passed');
  });
});
