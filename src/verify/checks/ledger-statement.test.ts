import { describe, expect, test } from 'vitest';
import { keyOf } from '../keys.ts';
import { BookScenario, judgeBooks } from '../testing/book-scenario.ts';

describe('ledger/statement', () => {
  const judged = (books: BookScenario, more = {}) => judgeBooks('ledger/statement', books, more);
  const found = (books: BookScenario, more = {}) => judged(books, more).then((said) => said.found);
  const entry = (books: BookScenario, amount: number, statement: string) =>
    books.move('a', amount, { statement });
  const two = (statement = '1') => entry(entry(new BookScenario(), 100, statement), -40, statement);

  test('opening and entries make the closing balance', async () => {
    expect(await found(two().state('1', [5, 65]))).toEqual([]);
    expect(await found(two().state('1', [5, 66]))).toEqual(['3: 0.66 EUR']);
  });

  test('control totals are held to the entries', async () => {
    const right = { entries: 2, credits: 100, debits: 40 };
    expect(await found(two().state('1', [0, 60], right))).toEqual([]);
    expect(await found(two().state('1', [0, 60], { ...right, entries: 3 }))).toEqual(['3: 3']);
    expect(await found(two().state('1', [0, 60], { ...right, credits: 101 }))).toEqual([
      '3: 1.01 EUR',
    ]);
    expect(await found(two().state('1', [0, 60], { ...right, debits: 39 }))).toEqual([
      '3: 0.39 EUR',
    ]);
  });

  test('each opens as the one before it closed', async () => {
    const books = (opening: number) => two().state('1', [0, 60]).state('2', [opening, opening]);
    expect(await found(books(60))).toEqual([]);
    expect(await found(books(59))).toEqual(['4: 0.59 EUR']);
    const { said } = await judged(books(59), { profile: { order: 'none' } });
    expect(said).toMatchObject({ found: 0, checked: 2 });
    expect(await found(books(59), { partitions: ['0', '0', '0', '1'] })).toEqual([]);
    expect(await found(books(59), { partitions: ['0', '0', '0', '0'] })).toHaveLength(1);
  });

  test('an entry belongs to the statement it names, whatever its date and place', async () => {
    const books = new BookScenario().state('1', [0, 60]).state('2', [60, 70]);
    books.move('a', 100, { statement: '1', on: '2027-03-01' });
    books.move('a', 10, { statement: '2', on: '2026-01-01' });
    books.move('a', -40, { statement: '1', on: '2027-01-31' });
    expect(await found(books)).toEqual([]);
  });

  test('the same id is another statement on another account', async () => {
    const books = two().move('b', 7, { statement: '1' }).state('1', [0, 60]);
    expect(await found(books.state('1', [0, 7], { account: 'b' }))).toEqual([]);
  });

  test('a statement told again counts as told last', async () => {
    const books = () => two().state('1', [0, 61]).state('1', [0, 60]);
    expect(await found(books())).toEqual([]);
    expect(await found(books().state('2', [60, 60]))).toEqual([]);
  });

  test('where no movement names a statement, only what they say of each other is judged', async () => {
    const books = new BookScenario().move('a', 5).state('1', [0, 60], { entries: 1 });
    expect((await judged(books)).said).toMatchObject({
      verdict: 'inconclusive',
      reason: 'no movement names a statement',
    });
    expect(await found(books.state('2', [61, 61]))).toEqual(['3: 0.61 EUR']);
    expect(await found(new BookScenario().state('1', [0, 60], { entries: 0 }))).toHaveLength(1);
  });

  test('movements of a statement that is not there are skipped and counted', async () => {
    expect((await judged(two())).said).toMatchObject({
      skipped: 1,
      reason: 'the statement that movements name is not in the log',
    });
  });

  test('sums and sequence with a gap between are skipped', async () => {
    const cut = entry(two().state('1', [0, 60]), 7, '2')
      .state('2', [60, 67])
      .state('3', [67, 67]);
    cut.events.splice(1, 1);
    const { found: none, said } = await judged(cut);
    expect(none).toEqual([]);
    expect(said).toMatchObject({ checked: 2, skipped: 1 });
    const whole = () => entry(two().state('1', [0, 60]), 20, '2').state('2', [60, 80]);
    const lost = whole().state('3', [80, 80]);
    lost.events.splice(4, 1);
    expect(await found(lost)).toEqual([]);
  });

  test('in mid-life the first statement may lack entries', async () => {
    const profile = { startsInMiddle: true };
    const books = two().state('1', [0, 61]).state('2', [61, 62]);
    expect(await found(books, { profile })).toEqual(['4: 0.62 EUR']);
  });

  test('it gives up at its limit, and keeps the keys of its own pass only', async () => {
    const books = two().state('1', [0, 60]).state('2', [60, 60]);
    expect((await judged(books, { settings: { maxKeys: 1 } })).said).toMatchObject({
      verdict: 'inconclusive',
      reason: 'the log has more than 1 statements',
    });
    const owns = (key: string) => key !== keyOf('a', 'EUR');
    expect((await judged(books, { settings: { owns } })).said).toMatchObject({ checked: 0 });
  });
});
