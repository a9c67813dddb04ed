import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../kernel/random.ts';
import { keyOf } from '../keys.ts';
import { BookScenario, judgeBooks } from '../testing/book-scenario.ts';
import { looseLinks } from './balance-chain.ts';

describe('ledger/running-balance', () => {
  const judged = (books: BookScenario, more = {}) =>
    judgeBooks('ledger/running-balance', books, more);
  const found = (books: BookScenario, more = {}) => judged(books, more).then((said) => said.found);
  const first = () => new BookScenario().move('a', 100, { balance: 100, on: '2027-01-01' });
  /** Movements of one day, each with the balance after it. */
  const day = (books: BookScenario, on: string, ...moves: [amount: number, balance: number][]) => {
    for (const [amount, balance] of moves) books.move('a', amount, { balance, on });
    return books;
  };

  test('a balance that does not follow is found where it stands, and what follows from it is not', async () => {
    const books = (balance: number) =>
      day(day(first(), '2027-01-02', [-40, balance]), '2027-01-03', [5, balance + 5]);
    expect(await found(books(60))).toEqual([]);
    expect(await found(books(61))).toEqual(['2: 0.61 EUR after -0.40 EUR']);
  });

  test('movements without a date are held to the order of the log', async () => {
    const books = new BookScenario().move('a', 5, { balance: 5 }).move('a', 1, { balance: 7 });
    expect(await found(books.move('a', 1, { balance: 6 }))).toEqual(['2: 0.07 EUR after 0.01 EUR']);
  });

  test('accounts and currencies do not mix', async () => {
    const books = first()
      .move('b', 1, { balance: 1 })
      .move('a', 1, { balance: 1, currency: 'USD' });
    expect(await found(books)).toEqual([]);
  });

  test('movements of one day may stand in any order that makes a chain', async () => {
    const shuffled = (...moves: [number, number][]) => day(first(), '2027-01-02', ...moves);
    expect(await found(shuffled([30, 90], [-50, 50], [10, 60]))).toEqual([]);
    expect(
      await found(day(shuffled([30, 90], [-50, 50], [10, 60]), '2027-01-03', [1, 91])),
    ).toEqual([]);
    expect(await found(shuffled([30, 91], [-50, 50], [10, 60]))).toEqual([
      '2: 0.91 EUR after 0.30 EUR',
    ]);
    expect(await found(shuffled([-40, 60], [10, 10], [-10, 0]))).toHaveLength(1);
  });

  test('an export with the newest first is a chain as well', async () => {
    const books = new BookScenario();
    day(books, '2027-01-03', [1, 91]);
    day(books, '2027-01-02', [30, 90], [10, 60], [-50, 50]);
    day(books, '2027-01-01', [100, 100]);
    const profile = { startsInMiddle: true };
    expect(await found(books, { profile })).toEqual([]);
    day(books, '2026-12-31', [3, 1]);
    expect(await found(books, { profile })).toEqual(['6: 0.01 EUR after 0.03 EUR']);
  });

  test('the first balance starts from zero, an opening, or is taken as given in mid-life', async () => {
    const books = () => new BookScenario().move('a', 5, { balance: 15, on: '2027-01-01' });
    expect(await found(books())).toEqual(['1: 0.15 EUR after 0.05 EUR']);
    const openings = new Map([[keyOf('a', 'EUR'), 10n]]);
    expect(await found(books(), { settings: { openings } })).toEqual([]);
    const profile = { startsInMiddle: true };
    const shuffled = day(books(), '2027-01-01', [-5, 10], [1, 11]);
    expect(await found(shuffled, { profile })).toEqual([]);
    expect(await found(day(shuffled, '2027-01-02', [1, 13]), { profile })).toHaveLength(1);
  });

  test('what states no balance is counted into the next that does', async () => {
    const books = (balance: number) =>
      day(first().move('a', 7, { on: '2027-01-02' }), '2027-01-03', [1, balance]);
    expect((await judged(books(108))).said).toMatchObject({
      verdict: 'consistent',
      checked: 2,
      skipped: 1,
      reason: 'the movement states no balance',
    });
    expect(await found(books(109))).toEqual(['3: 1.09 EUR after 0.01 EUR']);
    const last = day(first().move('a', 7, { on: '2027-01-02' }), '2027-01-02', [1, 108]);
    expect((await judged(last)).said).toMatchObject({ checked: 2, skipped: 1 });
    const early = day(first(), '2027-01-02', [1, 108]).move('a', 7, { on: '2027-01-02' });
    expect((await judged(early)).said).toMatchObject({ checked: 1, skipped: 2, found: 0 });
  });

  test('behind missing lines the next balance is taken as given', async () => {
    const books = day(day(first(), '2027-01-02', [1, 101]), '2027-01-03', [1, 102], [1, 104]);
    books.events.splice(1, 1);
    expect(await found(books)).toEqual(['4: 1.04 EUR after 0.01 EUR']);
  });

  test('a log without order is one chain an account', async () => {
    const profile = { order: 'none' } as const;
    const books = (balance: number) =>
      day(new BookScenario(), '2027-01-02', [1, balance]).move('a', 100, {
        balance: 100,
        on: '2027-01-01',
      });
    expect(await found(books(101), { profile })).toEqual([]);
    expect(await found(books(102), { profile })).toHaveLength(1);
  });

  test('an account whose movements stand in several partitions is skipped', async () => {
    const books = () => day(first(), '2027-01-02', [1, 102]);
    expect(await found(books(), { partitions: ['0', '0'] })).toHaveLength(1);
    expect((await judged(books(), { partitions: ['0', '1'] })).said).toMatchObject({
      found: 0,
      skipped: 1,
      reason: 'movements of the account come from several partitions',
    });
  });

  test('it gives up at its limit, and keeps the keys of its own pass only', async () => {
    const books = first().move('b', 1, { balance: 2 });
    expect((await judged(books, { settings: { maxKeys: 1 } })).said?.reason).toContain(
      'more than 1',
    );
    const owns = (key: string) => key === keyOf('b', 'EUR');
    const { said } = await judged(books, { settings: { owns } });
    expect(said).toMatchObject({ checked: 1, found: 1 });
  });

  test.each(['a', 'b', 'c'])(
    'any shuffled chain is one, and a changed link is seen (seed %s)',
    (seed) => {
      const random = seededRandom(seed);
      const upTo = (most: number) => Math.floor(random.fraction() * most);
      for (let round = 0; round < 200; round++) {
        let balance = BigInt(upTo(10));
        const start = balance;
        // Few balances, so that paths cross and circle.
        const links = Array.from({ length: 1 + upTo(12) }, () => {
          const before = balance;
          balance = BigInt(upTo(5));
          return { before, after: balance };
        });
        for (let at = links.length - 1; at > 0; at--) {
          const other = upTo(at + 1);
          const [one, two] = [links[at], links[other]];
          if (one === undefined || two === undefined) continue;
          links[at] = two;
          links[other] = one;
        }
        expect(looseLinks(links, start)).toEqual([]);
        expect(looseLinks(links, undefined)).toEqual([]);
        const at = upTo(links.length);
        const shifted = links.map(({ before, after }, index) =>
          index === at ? { before: before + 100n, after: after + 100n } : { before, after },
        );
        expect(looseLinks(shifted, start)).toContain(at);
      }
    },
  );
});
