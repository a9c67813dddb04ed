import type { Check, CheckRun } from '../contract.ts';
import type { Evidence } from '../evidence.ts';
import type { EventFact, EventRef, FactOf, PaymentFact, TransactionFact } from '../facts.ts';
import { nameOf, placeBeside, quoted } from '../naming.ts';
import { defineCheck } from './define.ts';
import { keyOf } from '../keys.ts';

export const ledgerDoubleEffect: Check = defineCheck({
  id: 'ledger/double-effect',
  title: 'No business key has more than one money effect',
  severity: 'critical',
  scope: 'all',
  needs: ['transaction', 'payment'],
  // What stands twice is told once: its keys are judged together.
  isKeyed: false,
  unit: 'effects',
  reads: [
    'source',
    'idempotencykey',
    'data.idempotencyKey',
    'data.transactionId',
    'data.paymentId',
    'data.refundId',
    'data.amount',
    'data.currency',
  ],
  implies: [
    'ledger/limits',
    'ledger/accounts',
    'ledger/holds',
    'ledger/refunds',
    'saga/completion',
  ],
  about: {
    proves:
      'Each of these had its effect at most once: an event (`source` and `id`), a transaction id, an idempotency key of one source, a refund or chargeback id, and the capture of a payment that was captured whole.',
    skips: 'Events without the key in question.',
    notFooledBy:
      'Partial captures up to the amount authorised, a retry that is recorded with the effect it repeats, the same key at another source, one transaction split over a batch.',
  },
  start: (evidence, { maxKeys }) => new DoubleEffects(evidence, maxKeys),
});

/** One effect a key had: the first stands, a second of another identity is the violation. */
interface Effect {
  /** What must not happen twice: `idempotency key`. */
  what: string;
  key: string;
  /** Where keys of this kind are unique. */
  scope: string;
  /** What tells two effects apart; the same identity again is a retry on record. */
  identity: string;
}

interface PaymentState {
  authorised: bigint;
  captured: bigint;
  lastCapture: EventRef | undefined;
}

class DoubleEffects implements CheckRun<FactOf<'transaction' | 'payment'>> {
  readonly #evidence: Evidence;
  readonly #maxKeys: number;
  readonly #effects = new Map<string, { identity: string; at: EventRef }>();
  readonly #payments = new Map<string, PaymentState>();

  constructor(evidence: Evidence, maxKeys: number) {
    this.#evidence = evidence;
    this.#maxKeys = maxKeys;
  }

  take(fact: FactOf<'transaction' | 'payment'>): void {
    if (fact.kind === 'transaction') this.#takeTransaction(fact);
    else this.#takePayment(fact);
  }

  #takeTransaction(fact: TransactionFact): void {
    this.#evidence.checked();
    const scope = fact.event.source ?? '';
    const effects = fact.events.map((event) => this.#storedOnce(event));
    if (effects.includes(false)) return;
    const { transactionId, idempotencyKey } = fact;
    // A batch is one transaction; by its first event it is told from a second.
    const identity = `${scope} ${fact.events[0]?.id}`;
    const posted = { what: 'transaction', key: transactionId, scope, identity };
    if (!this.#once(fact.event, posted) || idempotencyKey === undefined) return;
    const what = 'idempotency key';
    this.#once(fact.event, { what, key: idempotencyKey, scope, identity: transactionId });
  }

  #takePayment(fact: PaymentFact): void {
    const { step, event, paymentId, idempotencyKey, refundId, transactionId = '' } = fact;
    const scope = event.source ?? '';
    if (step === 'initiated' && idempotencyKey !== undefined) {
      this.#evidence.checked();
      const what = 'payment with idempotency key';
      this.#once(event, { what, key: idempotencyKey, scope, identity: paymentId });
    }
    if (refundId !== undefined) {
      this.#evidence.checked();
      const what = step === 'refunded' ? 'refund' : 'chargeback';
      this.#once(event, { what, key: refundId, scope, identity: transactionId });
    }
    if (step === 'authorised' || step === 'captured') this.#takeCapture(fact);
  }

  /** A payment that was captured whole can be captured in part no more. */
  #takeCapture({ step, event, paymentId, amount = 0n, transactionId = '' }: PaymentFact): void {
    const id = keyOf('payment', event.source ?? '', paymentId);
    const payment = this.#payments.get(id) ?? {
      authorised: 0n,
      captured: 0n,
      lastCapture: undefined,
    };
    if (!this.#payments.has(id)) {
      if (this.#payments.size >= this.#maxKeys) return this.#giveUp();
      this.#payments.set(id, payment);
    }
    if (step === 'authorised') {
      payment.authorised += amount;
      return;
    }
    this.#evidence.checked();
    const capture = keyOf('capture', id, transactionId);
    if (this.#effects.has(capture)) return;
    this.#remember(capture, { identity: '', at: event.at });
    const whole = payment.authorised > 0n && payment.captured >= payment.authorised;
    if (whole && payment.lastCapture !== undefined) {
      this.#found(event, {
        what: `capture of payment ${quoted(paymentId)}, captured whole before,`,
        first: payment.lastCapture,
        keys: ['capture', event.source ?? '', paymentId],
      });
    }
    payment.captured += amount;
    payment.lastCapture = event.at;
  }

  /** Events have effect by being stored; where one is stored twice, so is its money. */
  #storedOnce(event: EventFact): boolean {
    if (event.id === undefined || event.source === undefined) return true;
    const identity = `${event.at.log.index} ${event.at.line}`;
    return this.#once(event, { what: 'event', key: event.id, scope: event.source, identity });
  }

  #once(event: EventFact, { what, key, scope, identity }: Effect): boolean {
    const id = keyOf(what, key, scope);
    const told = keyOf(identity);
    const first = this.#effects.get(id);
    if (first === undefined) {
      this.#remember(id, { identity: told, at: event.at });
      return true;
    }
    if (first.identity === told) return true;
    this.#found(event, {
      what: `${what} ${quoted(key)}`,
      first: first.at,
      keys: [what, scope, key],
    });
    return false;
  }

  #remember(id: string, effect: { identity: string; at: EventRef }): void {
    if (this.#effects.size >= this.#maxKeys) this.#giveUp();
    else this.#effects.set(id, effect);
  }

  #giveUp(): void {
    this.#evidence.gaveUp(`the log has more than ${this.#maxKeys} business keys`);
  }

  #found(
    event: EventFact,
    { what, first, keys }: { what: string; first: EventRef; keys: string[] },
  ): void {
    this.#evidence.found({
      message: `${what} has a second effect by ${nameOf(event)}; the first was at ${placeBeside(first, event.at)}`,
      expected: 'one effect',
      actual: 'two',
      events: [first, event.at],
      keys,
    });
  }
}
