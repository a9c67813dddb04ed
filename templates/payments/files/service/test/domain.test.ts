import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { initiate, requestCapture, requestRefund, requestVoid } from '../src/domain/decide.ts';
import { recordOutcome } from '../src/domain/decide-outcome.ts';
import type { Decision } from '../src/domain/decision.ts';
import { dueOf } from '../src/domain/due.ts';
import type { PaymentEvent, PaymentInitiated } from '../src/domain/events.ts';
import { type Payments, paymentsAfter } from '../src/domain/payments.ts';

const anybody = { subject: 'usr_1', isTrusted: false };
const nothing: Payments = {
  payment: () => undefined,
  paymentOfRefund: () => undefined,
  ownerOf: () => undefined,
};

const began: PaymentInitiated = {
  paymentId: 'p',
  amount: 100,
  currency: 'EUR',
  from: 'a',
  to: 'b',
  authoriseBy: '2027-01-01T00:01:00.000Z',
  expiresAt: '2027-01-07T00:00:00.000Z',
};
const paymentId = 'p';
const money = { paymentId, amount: 100, currency: 'EUR' };
const initiated: PaymentEvent = { type: 'initiated', data: began };
const authorised: PaymentEvent = { type: 'authorised', data: { ...money, holdId: 'p' } };
const asked: PaymentEvent = { type: 'capture-requested', data: { paymentId, amount: 100 } };
const captured: PaymentEvent = { type: 'captured', data: { ...money, transactionId: 't1' } };
const settled: PaymentEvent = { type: 'settled', data: { paymentId, transactionId: 't2' } };
const declined: PaymentEvent = { type: 'declined', data: { paymentId, reason: 'x' } };
const timedOut: PaymentEvent = { type: 'timed-out', data: { paymentId } };
const refundAsked: PaymentEvent = {
  type: 'refund-requested',
  data: { paymentId, refundId: 'r', amount: 40 },
};
const refunded: PaymentEvent = {
  type: 'refunded',
  data: { ...money, amount: 40, refundId: 'r', transactionId: 't3' },
};

const given = (...events: PaymentEvent[]) => paymentsAfter(nothing, events);

function outcome(decision: Decision): unknown {
  if (decision.outcome === 'accepted') return decision.events.map(({ type }) => type);
  return decision.outcome === 'refused' ? decision.refusal.code : 'known';
}

describe('initiate', () => {
  const when = (payments: Payments, some: Partial<PaymentInitiated> = {}) =>
    outcome(initiate(payments, { ...began, ...some }, anybody));

  it('begins a payment', () => assert.deepEqual(when(given()), ['initiated']));
  it('knows the same one, whenever it was said', () =>
    assert.equal(when(given(initiated), { expiresAt: '2028-01-01T00:00:00.000Z' }), 'known'));
  it('refuses another one of that id', () =>
    assert.equal(when(given(initiated), { amount: 1 }), 'payment-exists'));
  it('refuses to pay in a circle', () =>
    assert.equal(when(given(), { to: 'a' }), 'same-account-on-both-sides'));
  it("hides others' accounts", () =>
    assert.equal(when({ ...nothing, ownerOf: () => 'usr_2' }), 'account-unknown'));
});

describe('capture and void', () => {
  const capture = (payments: Payments, amount?: number) =>
    outcome(requestCapture(payments, { paymentId, ...(amount && { amount }) }, anybody));
  const end = (payments: Payments) => outcome(requestVoid(payments, paymentId, anybody));

  it('ask for it on an authorised payment', () => {
    assert.deepEqual(capture(given(initiated, authorised)), ['capture-requested']);
    assert.deepEqual(end(given(initiated, authorised)), ['void-requested']);
  });
  it('take no more than is authorised', () => {
    assert.deepEqual(capture(given(initiated, authorised), 100), ['capture-requested']);
    assert.equal(capture(given(initiated, authorised), 101), 'capture-exceeded');
  });
  const others: [string, PaymentEvent[], string][] = [
    ['unknown', [], 'payment-unknown'],
    ['initiated', [initiated], 'payment-not-authorised'],
    ['declined', [initiated, declined], 'payment-not-authorised'],
    ['about to be captured', [initiated, authorised, asked], 'step-pending'],
    ['captured', [initiated, authorised, asked, captured], 'payment-not-authorised'],
  ];
  for (const [name, events, code] of others) {
    it(`refuse one that is ${name}`, () => {
      assert.equal(capture(given(...events)), code);
      assert.equal(end(given(...events)), code);
    });
  }
});

describe('refund', () => {
  const paid = [initiated, authorised, asked, captured, settled];
  const asking = ['refund-requested', 'refund-named'];
  const refund = (payments: Payments, amount?: number, refundId = 'r2') =>
    outcome(requestRefund(payments, { paymentId, refundId, ...(amount && { amount }) }, anybody));

  it('asks for it once the payment is settled', () => {
    assert.deepEqual(refund(given(...paid)), asking);
    assert.equal(refund(given(...paid.slice(0, -1))), 'payment-not-settled');
  });
  it('gives back no more than is left, those under way counted', () => {
    assert.deepEqual(refund(given(...paid, refundAsked), 60), asking);
    assert.equal(refund(given(...paid, refundAsked), 61), 'refund-exceeded');
  });
  it('counts none that was declined', () => {
    const no: PaymentEvent = {
      type: 'refund-declined',
      data: { paymentId, refundId: 'r', reason: 'x' },
    };
    assert.deepEqual(refund(given(...paid, refundAsked, no), 100), asking);
  });
  it('knows the same one, and refuses another of that id', () => {
    assert.equal(refund(given(...paid, refundAsked), 40, 'r'), 'known');
    assert.equal(refund(given(...paid, refundAsked), 41, 'r'), 'refund-exists');
    const elsewhere = { ...given(...paid), paymentOfRefund: () => 'another' };
    assert.equal(refund(elsewhere), 'refund-exists');
  });
});

describe('what is due', () => {
  const due = (...events: PaymentEvent[]) => {
    const payment = given(...events).payment(paymentId);
    return payment && dueOf(payment)?.what;
  };
  it('is the next step of the saga', () => {
    assert.equal(due(initiated), 'authorise');
    assert.equal(due(initiated, authorised), 'expire');
    assert.equal(due(initiated, authorised, asked), 'capture');
    assert.equal(due(initiated, authorised, asked, captured), 'settle');
    assert.equal(due(initiated, authorised, asked, captured, settled), undefined);
    assert.equal(due(initiated, authorised, asked, captured, settled, refundAsked), 'refund');
    assert.equal(due(initiated, declined), undefined);
  });
  it('is giving back once the payee cannot be paid', () => {
    const no: PaymentEvent = { type: 'settlement-refused', data: { paymentId, reason: 'x' } };
    assert.equal(due(initiated, authorised, asked, captured, no), 'give-back');
  });
});

describe('an outcome', () => {
  const record = (
    what: Parameters<typeof recordOutcome>[1]['what'],
    ...events: PaymentEvent[]
  ) => ({
    on: (...before: PaymentEvent[]) =>
      outcome(recordOutcome(given(...before), { paymentId, what, events })),
  });

  it('is recorded of a step that is due', () => {
    assert.deepEqual(record('authorise', authorised).on(initiated), ['authorised']);
  });
  it('is not recorded twice, whoever did the step', () => {
    assert.equal(record('authorise', authorised).on(initiated, authorised), 'known');
    const paid = [initiated, authorised, asked, captured, settled];
    const next: PaymentEvent = {
      type: 'refund-requested',
      data: { paymentId, refundId: 'r2', amount: 10 },
    };
    assert.deepEqual(record('refund', refunded).on(...paid, refundAsked), ['refunded']);
    assert.equal(record('refund', refunded).on(...paid, refundAsked, refunded, next), 'known');
  });
  it('never authorises what was timed out', () => {
    assert.equal(record('authorise', authorised).on(initiated, timedOut), 'known');
    assert.equal(record('authorise', timedOut).on(initiated, timedOut), 'known');
    assert.deepEqual(record('authorise', declined).on(initiated, timedOut), ['declined']);
  });
});
