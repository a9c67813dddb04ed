import { formatMoney } from '../../model/money.ts';
import type { EventRef, TransactionFact } from '../facts.ts';

/** An amount as an event states it; undefined currency: that of what it belongs to. */
export interface Stated {
  amount: bigint;
  currency: string | undefined;
  at: EventRef;
}

/** How two amounts differ that should not. */
export interface Jump {
  from: Stated;
  /** `exactly 100 times as much`, `the same figure in another currency`. */
  how: string;
}

/** What a transaction may be said to move: in each currency all of it, or its largest posting of a side. */
export function amountsOf({ postings, totals, event }: TransactionFact): readonly Stated[] {
  return [...totals].flatMap(([currency, { debit }]) => {
    const amounts = new Set([debit]);
    for (const direction of ['debit', 'credit']) {
      const side = postings.filter(
        (posting) => posting.currency === currency && posting.direction === direction,
      );
      amounts.add(side.reduce((most, { amount }) => (amount > most ? amount : most), 0n));
    }
    return [...amounts].map((amount) => ({ amount, currency, at: event.at }));
  });
}

/** The jump from one of several amounts, none of which is the one that is stated. */
export function jumpFromAny(amounts: readonly Stated[], stated: Stated): Jump | undefined {
  const isOf = ({ currency }: Stated) =>
    stated.currency === undefined || currency === stated.currency;
  if (amounts.some((from) => isOf(from) && from.amount === stated.amount)) return undefined;
  const jumps = amounts.flatMap((from) => jumpBetween(from, stated) ?? []);
  // Where its currency is there as well, another currency's equal figure is chance.
  return jumps.find(({ from }) => isOf(from) || !amounts.some(isOf));
}

export function jumpBetween(from: Stated, to: Stated): Jump | undefined {
  if (from.amount === 0n || to.amount === 0n) return undefined;
  if (to.currency !== undefined && from.currency !== to.currency) {
    return from.amount === to.amount
      ? { from, how: 'the same figure in another currency' }
      : undefined;
  }
  const [more, less] =
    from.amount > to.amount ? [from.amount, to.amount] : [to.amount, from.amount];
  if (more % less !== 0n || !/^10+$/.test(String(more / less))) return undefined;
  const how = more === to.amount ? `${more / less} times as much` : `a ${more / less}th of it`;
  return { from, how: `exactly ${how}` };
}

export function textOf({ amount, currency }: Stated): string {
  return currency === undefined ? String(amount) : formatMoney({ amount, currency });
}
