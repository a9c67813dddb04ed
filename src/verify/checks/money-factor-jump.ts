import { isBalanced } from '../../model/ledger.ts';
import type { Check, CheckRun, CheckSettings } from '../contract.ts';
import type { Evidence } from '../evidence.ts';
import type { EventRef, FactOf, HoldFact, PaymentFact, TransactionFact } from '../facts.ts';
import { keyOf, ownCopy } from '../keys.ts';
import { placeOf, quoted } from '../naming.ts';
import { POSTING_PATHS } from '../vocabulary/paths.ts';
import {
  amountsOf,
  type Jump,
  jumpBetween,
  jumpFromAny,
  type Stated,
  textOf,
} from './amount-jumps.ts';
import { defineCheck } from './define.ts';

export const moneyFactorJump: Check = defineCheck({
  id: 'money/factor-jump',
  title: 'Amounts that must be equal do not differ by a power of ten, or only by currency',
  severity: 'high',
  scope: 'all',
  needs: ['payment', 'hold', 'transaction'],
  isKeyed: true,
  unit: 'pairs of amounts',
  reads: [
    'data.paymentId',
    'data.holdId',
    'data.refundId',
    'data.transactionId',
    'data.amount',
    'data.currency',
    ...POSTING_PATHS,
  ],
  implies: ['ledger/refunds', 'ledger/holds', 'ledger/double-effect'],
  about: {
    proves:
      'Where two events of a payment state one amount, they do not differ by exactly 10, 100, 1000 …, or by nothing but the currency: what is initiated and what is authorised; a capture, refund, chargeback or posted hold and its transaction; what one log says is captured or refunded and what another says.',
    skips:
      'Captures and refunds whose transaction is not in the log or does not name the payment or hold; transactions that `ledger/balanced` reports.',
    notFooledBy:
      'Amounts that differ otherwise; a refund or capture of a tenth, for it need not equal the whole; fees inside a transaction or on top of it; an exchange through a liquidity account, or at any rate but exactly one.',
  },
  start: (evidence, settings) => new FactorJumps(evidence, settings),
});

type Needed = FactOf<'payment' | 'hold' | 'transaction'>;

/** Amounts of one payment or hold that are to agree. */
interface Joined {
  /** `payment "p"`. */
  name: string;
  /** Amounts of each transaction that names it. */
  transactions: Map<string, readonly Stated[]>;
  /** What its own events say of a transaction that was not seen yet. */
  waiting: Map<string, Stated>;
  /** What each log says of the same step. */
  told: Map<string, Map<string, Stated>>;
  /** Whether a transaction of it changes currencies. */
  exchanges: boolean;
}

class FactorJumps implements CheckRun<Needed> {
  readonly #evidence: Evidence;
  readonly #settings: CheckSettings;
  readonly #joined = new Map<string, Joined>();

  constructor(evidence: Evidence, settings: CheckSettings) {
    this.#evidence = evidence;
    this.#settings = settings;
  }

  take(fact: Needed): void {
    if (fact.kind === 'transaction') this.#takeTransaction(fact);
    else if (fact.kind === 'hold') this.#takeHold(fact);
    else this.#takePayment(fact);
  }

  finish(): void {
    for (const joined of this.#joined.values()) {
      const lacking = joined.waiting.size;
      if (lacking > 0) this.#evidence.skipped('its transaction is not in the log', lacking);
      for (const told of joined.told.values()) this.#compareTold(joined, [...told.values()]);
    }
  }

  #takeTransaction(fact: TransactionFact): void {
    const { paymentId, holdId } = fact;
    if (paymentId !== undefined) this.#join(fact, this.#joinedBy('payment', paymentId));
    if (holdId !== undefined) this.#join(fact, this.#joinedBy('hold', holdId));
  }

  #join(fact: TransactionFact, joined: Joined | undefined): void {
    if (joined === undefined) return;
    if (!isBalanced(fact.totals)) return this.#evidence.skipped('the transaction does not balance');
    const key = keyOf(fact.transactionId);
    const amounts = amountsOf(fact);
    joined.exchanges ||= fact.totals.size > 1;
    joined.transactions.set(key, amounts);
    const stated = joined.waiting.get(key);
    joined.waiting.delete(key);
    if (stated !== undefined) this.#compare(joined, stated, amounts);
  }

  #takeHold({ step, event, holdId, amount, transactionId }: HoldFact): void {
    if (step !== 'posted' || amount === undefined || transactionId === undefined) return;
    const joined = this.#joinedBy('hold', holdId);
    if (joined === undefined) return;
    this.#state(joined, transactionId, { amount, currency: undefined, at: event.at });
  }

  #takePayment({ step, event, paymentId, amount, currency, ...ids }: PaymentFact): void {
    if (amount === undefined || currency === undefined) return;
    const joined = this.#joinedBy('payment', paymentId);
    if (joined === undefined) return;
    const stated = { amount, currency, at: event.at };
    if (ids.transactionId !== undefined) this.#state(joined, ids.transactionId, stated);
    // What is authorised first is to be what was initiated; more may be authorised later.
    const isAsked = step === 'initiated' || step === 'authorised';
    const subject = isAsked ? 'asked' : `${step} ${ids.refundId ?? ''}`;
    const told = joined.told.get(subject) ?? new Map<string, Stated>();
    joined.told.set(subject, told);
    const teller = `${event.at.log.index} ${step}`;
    const before = told.get(teller);
    if (before === undefined) told.set(teller, stated);
    else if (!isAsked) told.set(teller, { ...stated, amount: before.amount + amount });
  }

  /** An event of the payment or hold says what its transaction moved. */
  #state(joined: Joined, transactionId: string, stated: Stated): void {
    const key = keyOf(transactionId);
    const amounts = joined.transactions.get(key);
    if (amounts === undefined) joined.waiting.set(key, stated);
    else this.#compare(joined, stated, amounts);
  }

  #compare(joined: Joined, stated: Stated, amounts: readonly Stated[]): void {
    this.#evidence.checked();
    const jump = jumpFromAny(amounts, stated);
    if (jump !== undefined) this.#found(joined, stated, jump);
  }

  #compareTold(joined: Joined, [first, ...others]: readonly Stated[]): void {
    for (const other of others) {
      if (first === undefined) return;
      this.#evidence.checked();
      const jump = jumpBetween(first, other);
      const isExchange = joined.exchanges && first.currency !== other.currency;
      if (jump !== undefined && !isExchange) this.#found(joined, other, jump);
    }
  }

  #joinedBy(what: 'payment' | 'hold', id: string): Joined | undefined {
    if (!this.#settings.owns(id)) return undefined;
    const key = keyOf(what, id);
    const before = this.#joined.get(key);
    if (before !== undefined) return before;
    const { maxKeys } = this.#settings;
    if (this.#joined.size >= maxKeys) {
      this.#evidence.gaveUp(`the log has more than ${maxKeys} payments and holds`);
      return undefined;
    }
    const joined: Joined = {
      name: `${what} ${quoted(ownCopy(id))}`,
      transactions: new Map(),
      waiting: new Map(),
      told: new Map(),
      exchanges: false,
    };
    this.#joined.set(key, joined);
    return joined;
  }

  #found({ name }: Joined, stated: Stated, { from, how }: Jump): void {
    const expected = `${textOf(from)}, as at ${placeOf(from.at)}`;
    const actual = `${textOf(stated)}, ${how}`;
    this.#evidence.found({
      message: `${name} at ${placeOf(stated.at)}: expected ${expected}, found ${actual}`,
      expected,
      actual,
      events: [from.at, stated.at].toSorted(inLogOrder),
      keys: [name, actual],
    });
  }
}

function inLogOrder(a: EventRef, b: EventRef): number {
  return a.log.index - b.log.index || a.line - b.line;
}
