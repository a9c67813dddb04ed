import { formatMoney } from '../../model/money.ts';
import type { Evidence } from '../evidence.ts';
import type { EventRef } from '../facts.ts';
import { placeOf, quoted } from '../naming.ts';

/** One amount that was authorised, captured or given back. */
export interface PaymentEffect {
  step: 'authorised' | 'captured' | 'refunded' | 'charged-back' | 'reversed';
  at: EventRef;
  amount: bigint;
  currency: string;
  /** The same again is the same effect, recorded twice. */
  identity: string | undefined;
  transactionId: string | undefined;
}

/** One payment, as the log has it so far. */
export interface Payment {
  paymentId: string;
  /** Whether the log shows its beginning. */
  isWhole: boolean;
  /** Whether its events come from several partitions, of which nobody knows the order. */
  isMixed: boolean;
  partition: string | undefined;
  /** Gaps of the log up to its first and its last event. */
  firstGaps: number;
  lastGaps: number;
  /** In the order of the log. */
  effects: PaymentEffect[];
  /** What a transaction of it takes from income accounts, by transaction and currency. */
  feesBack: Map<string, bigint>;
}

interface Judgement {
  evidence: Evidence;
  /** Whether the log captures payments at all. */
  capturesAny: boolean;
}

/** Holds what was captured to what was authorised, and what was given back to what was captured. */
export function judgePayment(payment: Payment, { evidence, capturesAny }: Judgement): void {
  const effects = inOrder(onceEach(payment.effects), payment.isMixed);
  const judged = effects.filter(({ step }) => step !== 'authorised');
  if (judged.length === 0) return;
  if (!payment.isWhole || payment.firstGaps !== payment.lastGaps) {
    const reason = 'the payment may have events that the log lacks';
    return evidence.skipped(reason, judged.length);
  }
  const course = new Course(payment, evidence);
  for (const effect of effects) {
    if (effect.step === 'authorised') course.authorise(effect);
    else if (effect.step === 'captured') course.capture(effect);
    else if (capturesAny) course.giveBack(effect);
    else evidence.skipped('the log captures no payment');
  }
}

/** Without what is recorded again, and reversals that a refund or chargeback tells of as well. */
function onceEach(effects: readonly PaymentEffect[]): PaymentEffect[] {
  const refunds = new Set(
    effects
      .filter(({ step }) => step === 'refunded' || step === 'charged-back')
      .map(({ transactionId }) => transactionId),
  );
  const seen = new Set<string>();
  return effects.filter(({ step, identity, transactionId }) => {
    if (step === 'reversed' && refunds.has(transactionId)) return false;
    if (identity === undefined) return true;
    const isNew = !seen.has(identity);
    seen.add(identity);
    return isNew;
  });
}

const RANK = { authorised: 0, captured: 1, refunded: 2, 'charged-back': 2, reversed: 2 };

/** Between two logs or partitions, and in a log without order, only what must come first is known. */
function inOrder(effects: readonly PaymentEffect[], isMixed: boolean): readonly PaymentEffect[] {
  const logs = new Set(effects.map(({ at }) => at.log));
  const isOrdered =
    !isMixed && logs.size <= 1 && [...logs].every(({ profile }) => profile.order !== 'none');
  return isOrdered ? effects : effects.toSorted((a, b) => RANK[a.step] - RANK[b.step]);
}

/** Sums of one currency, and the events that make them. */
class Tally {
  sum = 0n;
  isTold = false;
  readonly #events: EventRef[] = [];

  add({ at }: PaymentEffect, amount: bigint): void {
    this.sum += amount;
    this.#events.push(at);
  }

  get events(): readonly EventRef[] {
    return this.#events.slice(-MAX_SHOWN);
  }
}

/** Effects of one kind that a finding shows at most. */
const MAX_SHOWN = 5;

type Tallies = Map<string, Tally>;

/** Follows one payment from authorisation to refund. */
class Course {
  readonly #payment: Payment;
  readonly #evidence: Evidence;
  readonly #authorised: Tallies = new Map();
  readonly #captured: Tallies = new Map();
  readonly #returned: Tallies = new Map();

  constructor(payment: Payment, evidence: Evidence) {
    this.#payment = payment;
    this.#evidence = evidence;
  }

  authorise(effect: PaymentEffect): void {
    tallyOf(this.#authorised, effect).add(effect, effect.amount);
  }

  capture(effect: PaymentEffect): void {
    const captured = tallyOf(this.#captured, effect);
    captured.add(effect, effect.amount);
    const authorised = this.#authorised.get(effect.currency);
    if (authorised !== undefined) {
      this.#compare(effect, {
        what: 'captured',
        sum: captured,
        limit: authorised,
        of: 'authorised',
      });
    } else if (this.#authorised.size > 0) {
      this.#evidence.skipped('the capture is in another currency than the authorisation');
    } else {
      this.#evidence.checked();
    }
  }

  giveBack(effect: PaymentEffect): void {
    const captured = this.#captured.get(effect.currency);
    if (captured !== undefined) {
      const returned = tallyOf(this.#returned, effect);
      returned.add(effect, effect.amount - this.#feeIn(effect));
      this.#compare(effect, { what: 'given back', sum: returned, limit: captured, of: 'captured' });
    } else if (this.#captured.size > 0) {
      this.#evidence.skipped('the refund is in another currency than the capture');
    } else {
      this.#evidence.checked();
      this.#found(effect, {
        expected: 'a payment that was captured before',
        actual: `one that was not, ${effect.step}`,
        events: [],
      });
    }
  }

  /** Told once, at the event that goes beyond the limit. */
  #compare(effect: PaymentEffect, { what, sum, limit, of }: Comparison): void {
    this.#evidence.checked();
    if (sum.sum <= limit.sum || sum.isTold) return;
    sum.isTold = true;
    const money = (amount: bigint) => formatMoney({ amount, currency: effect.currency });
    this.#found(effect, {
      expected: `at most ${money(limit.sum)} ${what}, as was ${of}`,
      actual: money(sum.sum),
      events: [...limit.events, ...sum.events],
    });
  }

  /** Fees that a refund gives back with the amount; a reversal is counted without them. */
  #feeIn({ step, transactionId, currency }: PaymentEffect): bigint {
    if (step === 'reversed' || transactionId === undefined) return 0n;
    return this.#payment.feesBack.get(transactionId + currency) ?? 0n;
  }

  #found(
    { at, step }: PaymentEffect,
    { expected, actual, events }: { expected: string; actual: string; events: EventRef[] },
  ): void {
    const { paymentId } = this.#payment;
    this.#evidence.found({
      message: `payment ${quoted(paymentId)} at ${placeOf(at)}: expected ${expected}, found ${actual}`,
      expected,
      actual,
      events: [...new Set([...events, at])],
      keys: [paymentId, step],
    });
  }
}

interface Comparison {
  what: string;
  sum: Tally;
  limit: Tally;
  of: string;
}

function tallyOf(tallies: Tallies, { currency }: PaymentEffect): Tally {
  const tally = tallies.get(currency) ?? new Tally();
  tallies.set(currency, tally);
  return tally;
}
