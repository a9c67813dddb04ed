import type { Check, CheckRun, CheckSettings } from '../contract.ts';
import type { Evidence } from '../evidence.ts';
import type { EventFact, FactOf, PaymentFact, TransactionFact } from '../facts.ts';
import { keyOf, ownCopy } from '../keys.ts';
import { POSTING_PATHS } from '../vocabulary/paths.ts';
import { DeclaredAccounts } from './declared-accounts.ts';
import { defineCheck } from './define.ts';
import { judgePayment, type Payment, type PaymentEffect } from './payment-effects.ts';

export const ledgerRefunds: Check = defineCheck({
  id: 'ledger/refunds',
  title:
    'No more is given back of a payment than was captured, and no more captured than authorised',
  severity: 'critical',
  scope: 'all',
  needs: ['payment', 'transaction', 'account', 'unusable', 'blind'],
  isKeyed: true,
  unit: 'captures and refunds',
  reads: [
    'data.paymentId',
    'data.refundId',
    'data.amount',
    'data.currency',
    'data.transactionId',
    'data.reverses',
    'data.kind',
    ...POSTING_PATHS,
  ],
  implies: ['ledger/double-effect', 'saga/completion'],
  about: {
    proves:
      'At every event of a payment, refunds, chargebacks and reversed captures together are at most what was captured, in the currency of the capture; captures are at most what was authorised, where the log authorises; and nothing is refunded of a payment that was never captured.',
    skips:
      'Amounts in another currency than the capture or the authorisation they belong to. Payments some of whose events may be missing: the log begins in mid-life, or lines of it are missing or unreadable. Refunds in a log that captures no payment.',
    notFooledBy:
      'An exchange rate that moved between capture and refund; fees given back with a refund: what its transaction, which names the payment, takes from income accounts; a capture or refund recorded again; a refund whose transaction also `reverses` the capture.',
  },
  start: (evidence, settings) => new Refunds(evidence, settings),
});

type Needed = FactOf<'payment' | 'transaction' | 'account' | 'unusable' | 'blind'>;

class Refunds implements CheckRun<Needed> {
  readonly #evidence: Evidence;
  readonly #settings: CheckSettings;
  readonly #declared: DeclaredAccounts;
  readonly #payments = new Map<string, Payment>();
  readonly #income = new Set<string>();
  /** Which payment a transaction captured. */
  readonly #captured = new Map<string, Payment>();
  #knowsKinds: boolean;
  #effects = 0;
  #captures = 0;
  #gaps = 0;

  constructor(evidence: Evidence, settings: CheckSettings) {
    this.#evidence = evidence;
    this.#settings = settings;
    this.#declared = new DeclaredAccounts(settings);
    this.#knowsKinds = (settings.config.accounts ?? []).length > 0;
  }

  take(fact: Needed): void {
    switch (fact.kind) {
      case 'blind':
        this.#gaps++;
        return;
      case 'unusable':
        if (fact.what === 'payment') this.#gaps++;
        return;
      case 'account':
        if (fact.accountKind !== undefined) this.#knowsKinds = true;
        if (fact.accountKind === 'income') this.#income.add(ownCopy(fact.accountId));
        return;
      case 'payment':
        return this.#takePayment(fact);
      case 'transaction':
        return this.#takeTransaction(fact);
    }
  }

  finish(): void {
    for (const payment of this.#payments.values()) {
      judgePayment(payment, { evidence: this.#evidence, capturesAny: this.#captures > 0 });
    }
  }

  #takePayment(fact: PaymentFact): void {
    const { step, event, paymentId, amount, currency, transactionId, refundId } = fact;
    if (step === 'captured') this.#captures++;
    if (!this.#settings.owns(paymentId)) return;
    const payment = this.#paymentOf(event, paymentId);
    if (payment === undefined) return;
    if (step === 'initiated') payment.isWhole = true;
    if (step === 'settled' || step === 'declined' || step === 'voided' || step === 'initiated')
      return;
    const key = refundId ?? transactionId ?? fact.idempotencyKey;
    this.#add(payment, {
      step,
      at: event.at,
      amount: amount ?? 0n,
      currency: currency ?? '',
      identity: key === undefined ? undefined : keyOf(step, key, transactionId ?? ''),
      transactionId: transactionId === undefined ? undefined : keyOf(transactionId),
    });
    if (step === 'captured' && transactionId !== undefined)
      this.#captured.set(keyOf(transactionId), payment);
  }

  /** A transaction may reverse a capture, or give fees back with a refund. */
  #takeTransaction(fact: TransactionFact): void {
    const { event, paymentId, reverses, transactionId } = fact;
    if (paymentId !== undefined && this.#settings.owns(paymentId)) {
      this.#takeFees(fact, paymentId);
    }
    if (reverses === undefined) return;
    const payment = this.#captured.get(keyOf(reverses));
    const capture = payment?.effects.find(
      ({ step, transactionId }) => step === 'captured' && transactionId === keyOf(reverses),
    );
    if (payment === undefined || capture === undefined) return;
    const { currency } = capture;
    const moved = (fact.totals.get(currency)?.debit ?? 0n) - this.#incomeOf(fact, currency);
    this.#add(payment, {
      step: 'reversed',
      at: event.at,
      // Where no kinds are known, what goes beyond the capture may be fees that were on top of it.
      amount: this.#knowsKinds || moved < capture.amount ? moved : capture.amount,
      currency,
      identity: keyOf('reversed', transactionId),
      transactionId: keyOf(transactionId),
    });
  }

  #takeFees(fact: TransactionFact, paymentId: string): void {
    for (const currency of fact.totals.keys()) {
      const fee = this.#incomeOf(fact, currency);
      if (fee === 0n) continue;
      const payment = this.#paymentOf(fact.event, paymentId);
      payment?.feesBack.set(keyOf(fact.transactionId) + currency, fee);
    }
  }

  #incomeOf({ postings }: TransactionFact, currency: string): bigint {
    return postings
      .filter(
        (posting) =>
          posting.direction === 'debit' &&
          posting.currency === currency &&
          this.#isIncome(posting.accountId),
      )
      .reduce((sum, { amount }) => sum + amount, 0n);
  }

  #isIncome(accountId: string): boolean {
    return this.#income.has(accountId) || this.#declared.ruleOf(accountId)?.kind === 'income';
  }

  #paymentOf(event: EventFact, paymentId: string): Payment | undefined {
    const key = keyOf(paymentId);
    const before = this.#payments.get(key);
    if (before !== undefined) {
      before.lastGaps = this.#gaps;
      before.isMixed ||= before.partition !== event.partition;
      return before;
    }
    if (this.#payments.size >= this.#settings.maxKeys) return this.#giveUp();
    const payment: Payment = {
      paymentId: ownCopy(paymentId),
      isWhole: this.#gaps === 0 && !event.at.log.profile.startsInMiddle,
      isMixed: false,
      partition: event.partition,
      firstGaps: this.#gaps,
      lastGaps: this.#gaps,
      effects: [],
      feesBack: new Map(),
    };
    this.#payments.set(key, payment);
    return payment;
  }

  #add(payment: Payment, effect: PaymentEffect): void {
    if (this.#effects >= this.#settings.maxKeys) {
      this.#giveUp();
      return;
    }
    this.#effects++;
    payment.lastGaps = this.#gaps;
    payment.effects.push(effect);
  }

  #giveUp(): undefined {
    this.#evidence.gaveUp(`the log has more than ${this.#settings.maxKeys} payments and refunds`);
  }
}
