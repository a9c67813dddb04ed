import { describe, expect, test } from 'vitest';
import { BookScenario, judgeBooks } from '../testing/book-scenario.ts';
import { bank, judge } from '../testing/scenario.ts';

describe('ledger/conservation', () => {
  const conservation = (books: BookScenario, more = {}) =>
    judgeBooks('ledger/conservation', books, more);
  const found = (books: BookScenario) => conservation(books).then((said) => said.found);
  const funded = () => new BookScenario().move('a', 100, { type: 'deposited' });
  const transfer = (books: BookScenario, sent: number, received: number) =>
    books.together(() => books.move('a', -sent).move('b', received));

  test('money may enter, leave and move, and nothing may come of it', async () => {
    const books = transfer(funded(), 60, 60).move('b', -10, { type: 'withdrawn' });
    expect(await found(books)).toEqual([]);
    expect(await found(transfer(funded(), 60, 61))).toEqual(['3: 1.01 EUR']);
    expect(await found(transfer(funded(), 60, 59))).toEqual(['3: 0.99 EUR']);
  });

  test('the sum between two movements of one append is nobody’s to see', async () => {
    const apart = funded().move('a', -60).move('b', 60);
    expect(await found(apart)).toEqual(['2: 0.40 EUR', '3: 1.00 EUR']);
    const books = funded();
    books.attributes = { correlationid: 'transfer-1' };
    expect(await found(books.move('a', -60).move('b', 60))).toEqual([]);
  });

  test('a log without order is judged as a whole', async () => {
    const profile = { order: 'none' } as const;
    const apart = () => funded().move('a', -60).move('c', 5, { type: 'deposited' });
    expect((await conservation(apart().move('b', 60), { profile })).found).toEqual([]);
    expect((await conservation(apart().move('b', 61), { profile })).found).toEqual(['4: 1.06 EUR']);
  });

  test('what was told once is not told of every later append', async () => {
    const books = transfer(transfer(funded(), 60, 61), 5, 5);
    expect(await found(books)).toEqual(['3: 1.01 EUR']);
  });

  test('each currency is conserved for itself', async () => {
    const books = funded();
    books.together(() => books.move('a', -60).move('b', 60, { currency: 'USD' }));
    expect(await found(books)).toEqual(['3: 0.40 EUR', '3: 0.60 USD']);
  });

  test('amounts beyond 2^53 are summed exactly', async () => {
    const [sent, received] = [9_007_199_254_740_993n, 9_007_199_254_740_992n];
    const books = new BookScenario().move('a', sent, { type: 'deposited' });
    books.together(() => books.move('a', -sent).move('b', received));
    expect(await found(books)).toEqual(['3: 90071992547409.92 EUR']);
  });

  test('where nothing says what brings money in, movements say nothing', async () => {
    const { said } = await conservation(funded(), { settings: { config: {} } });
    expect(said).toMatchObject({
      verdict: 'inconclusive',
      reason: 'nothing says which movements bring money in or take it out',
    });
    const closed = { checks: { 'ledger/conservation': { minted: [] } } };
    expect((await conservation(funded(), { settings: { config: closed } })).found).toEqual([
      '1: 1.00 EUR',
    ]);
    const any = { checks: { 'ledger/conservation': { minted: ['com.acme.bank.dep*'] } } };
    expect((await conservation(funded(), { settings: { config: any } })).found).toEqual([]);
  });

  test('an append of which lines are missing is skipped, on both sides of the gap', async () => {
    const cut = transfer(transfer(funded(), 60, 60), 5, 5);
    cut.events.splice(2, 1);
    expect((await conservation(cut)).said).toMatchObject({ found: 0, checked: 1, skipped: 2 });
    const middle = new BookScenario().move('b', 60).move('a', 1);
    expect((await conservation(middle, { profile: { startsInMiddle: true } })).found).toEqual([
      '2: 0.61 EUR',
    ]);
  });

  test('transactions of two sides conserve money, and those that do not balance are left out', async () => {
    const scenario = bank()
      .fund(100)
      .post('t', [
        ['alice', 'debit', 5],
        ['bob', 'credit', 4],
      ]);
    const { found, said } = await judge('ledger/conservation', scenario);
    expect(found).toEqual([]);
    expect(said).toMatchObject({
      checked: 1,
      reason: '`ledger/balanced` reports the transaction',
    });
  });

  test('it gives up at its limit of currencies', async () => {
    const { said } = await conservation(
      funded().move('a', 1, { currency: 'USD', type: 'deposited' }),
      { settings: { maxKeys: 1 } },
    );
    expect(said).toMatchObject({
      verdict: 'inconclusive',
      reason: 'the log has more than 1 currencies',
    });
  });
});
